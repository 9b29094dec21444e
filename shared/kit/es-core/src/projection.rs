//! Projections: they turn recorded events into a change of a view.

use crate::{Category, DomainEvent, Recorded};

/// How the events of a stream change its view. A projection never reads the view.
pub trait Projection {
    /// The projection's name, which is also the name of its function: `account-projection`. Its dead letters carry the
    /// name.
    const NAME: &'static str;
    /// The category of the streams to project. Commits of other streams are ignored.
    const CATEGORY: Category;

    /// All events of the aggregate. If a stream has an event of another type, newer code wrote the event, and the
    /// projection holds the stream until newer code is deployed.
    type Event: DomainEvent;
    /// What to write to the view. The default changes nothing.
    type Change: Default + Send + Sync;

    /// Adds the effect of `event` to `change`. An event that does not concern the view returns `change` as it is.
    fn project(change: Self::Change, event: &Recorded<Self::Event>) -> Self::Change;
}
