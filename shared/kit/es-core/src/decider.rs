//! The decider: the rules of one aggregate as pure functions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Category, DomainEvent, SnapshotPolicy};

/// The rules of one aggregate.
pub trait Decider: 'static {
    /// The category of the aggregate's streams.
    const CATEGORY: Category;
    /// When a commit carries a snapshot of the state.
    const SNAPSHOT: SnapshotPolicy;

    /// What a caller can request. A command carries the time and the ids that it needs.
    type Command: Clone + Send + Sync;
    /// What can happen to the aggregate.
    type Event: DomainEvent;
    /// What the rules need to know of the past. The default is the state before the first event.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync;
    /// Why the rules refuse a command.
    type Error: Send;

    /// Checks whether the sender of `command` may access the aggregate in `state` at all.
    ///
    /// This check runs before every other check on a state, also on a state with the commits of other writers that arrived
    /// during the execution. Only the sender's own repeat, which these commits may include, is recognized before. Otherwise the response would reveal something about the aggregate to
    /// a caller without access: that a request was a repeat, that a version is stale, or that a rule is broken.
    ///
    /// # Errors
    /// The reason why the sender has no access.
    fn admit(_state: &Self::State, _command: &Self::Command) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The events that `command` causes in `state`. There are none if the state already is what the command requests.
    ///
    /// # Errors
    /// The rule that refuses the command.
    fn decide(state: &Self::State, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The state after `event`. The function accepts every event, because an event has already happened.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}
