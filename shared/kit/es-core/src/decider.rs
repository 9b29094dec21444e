//! The decider: the rules of one aggregate as two pure functions.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Category, DomainEvent, SnapshotPolicy};

/// The rules of one aggregate.
pub trait Decider: 'static {
    /// The kind of stream its events go to.
    const CATEGORY: Category;
    /// When its state is kept with a commit.
    const SNAPSHOT: SnapshotPolicy;

    /// What a caller may ask for; it brings the time and the ids it needs.
    type Command: Clone + Send + Sync;
    /// What can have happened.
    type Event: DomainEvent;
    /// What the rules need to know of the past; the default is the state before the first event.
    type State: Default + Clone + Serialize + DeserializeOwned + Send + Sync;
    /// Why a command is refused.
    type Error: Send;

    /// Whether whoever gives `command` may ask anything of what is in `state`. It comes before everything else that an
    /// answer could tell: a repeat's first answer, a stale version, a rule.
    ///
    /// # Errors
    /// Why not.
    fn admit(_state: &Self::State, _command: &Self::Command) -> Result<(), Self::Error> {
        Ok(())
    }

    /// The events that follow from `command` in `state`; none where it is already so.
    ///
    /// # Errors
    /// The rule that refuses the command.
    fn decide(state: &Self::State, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// The state after `event`. It is total: history is never refused.
    fn evolve(state: Self::State, event: &Self::Event) -> Self::State;
}
