//! Projections: they turn recorded events into a change of a view.

use crate::{Category, DomainEvent, Recorded, StoredEvent};

/// How the events of a stream change its view. A projection never reads the view.
pub trait Projection {
    /// The projection's name, which is also the name of its function: `account-projection`. Its dead letters carry the
    /// name.
    const NAME: &'static str;
    /// The category of the streams to project. Commits of other streams are ignored.
    const CATEGORY: Category;

    /// The events that the projection understands.
    type Event: DomainEvent;
    /// What to write to the view. The default changes nothing.
    type Change: Default;

    /// Adds the effect of `event` to `change`.
    fn project(change: Self::Change, event: &Recorded<Self::Event>) -> Self::Change;

    /// Adds the effect of an event whose type this code does not know to `change`. By default, such an event has no
    /// effect. A projection that stores every event overrides this function.
    #[must_use]
    fn project_unknown(change: Self::Change, _event: &Recorded<StoredEvent>) -> Self::Change {
        change
    }
}
