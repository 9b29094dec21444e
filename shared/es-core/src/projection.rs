//! Projections: from what was recorded to a change of a view.

use crate::{DomainEvent, Recorded};

/// How the events of a stream change its view, without reading the view.
pub trait Projection {
    /// The events it understands.
    type Event: DomainEvent;
    /// What is to be written; the default changes nothing.
    type Change: Default;

    /// The change that `change` followed by `event` makes.
    fn project(change: Self::Change, event: &Recorded<Self::Event>) -> Self::Change;
}
