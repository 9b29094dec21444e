//! The specification of a decider: given a past, when a command comes, then what follows.

use std::fmt::Debug;

use es_core::{Decider, decode, encode};

/// A decider with a past.
#[derive(Debug)]
pub struct Given<D: Decider> {
    state: D::State,
}

/// What a decider made of a command.
#[derive(Debug)]
#[must_use = "a specification without a `then` specifies nothing"]
pub struct When<D: Decider> {
    outcome: Result<Vec<D::Event>, D::Error>,
}

/// The decider `D` to which `events` have happened, oldest first.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    let state = events.into_iter().fold(D::State::default(), |state, event| D::evolve(state, &event));
    Given { state }
}

impl<D: Decider> Given<D> {
    /// Lets it decide on `command`.
    pub fn when(self, command: D::Command) -> When<D> {
        When { outcome: D::decide(&self.state, command) }
    }
}

impl<D: Decider> When<D>
where
    D::Event: Debug + PartialEq,
    D::Error: Debug + PartialEq,
{
    /// Exactly `expected` happens, and every event of it can be stored and read back.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = D::Event>) {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(self.outcome, Ok(expected), "what happened is not what was to happen");
        for event in self.outcome.iter().flatten() {
            let stored = encode(event).unwrap();
            assert_eq!(decode::<D::Event>(&stored).unwrap(), *event, "the event changes when it is stored");
        }
    }

    /// Nothing happens, because it is already so.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then([]);
    }

    /// The command is refused with `expected`.
    #[track_caller]
    pub fn then_refused(self, expected: D::Error) {
        assert_eq!(self.outcome, Err(expected), "the command is not refused as it was to be");
    }
}
