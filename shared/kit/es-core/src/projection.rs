//! Projections: from what was recorded to a change of a view.

use crate::{Category, DomainEvent, Recorded, StoredEvent};

/// How the events of a stream change its view, without reading the view.
pub trait Projection {
    /// Its name, which is that of its function: `account-projection`. Its dead letters carry it.
    const NAME: &'static str;
    /// The streams it projects; commits of others are left alone.
    const CATEGORY: Category;

    /// The events it understands.
    type Event: DomainEvent;
    /// What is to be written; the default changes nothing.
    type Change: Default;

    /// The change that `change` followed by `event` makes.
    fn project(change: Self::Change, event: &Recorded<Self::Event>) -> Self::Change;

    /// The change that `change` followed by an event of a type that this code does not know makes: none, unless a
    /// projection keeps events whatever they are.
    #[must_use]
    fn project_unknown(change: Self::Change, _event: &Recorded<StoredEvent>) -> Self::Change {
        change
    }
}
