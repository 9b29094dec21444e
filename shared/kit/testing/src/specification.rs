//! The specification of a decider: given past events, when a command comes, then these events follow.

use std::fmt::Debug;

use es_core::{Decider, decode, encode};

/// A decider with past events.
#[derive(Debug)]
pub struct Given<D: Decider> {
    state: D::State,
}

/// The decision of a decider on a command.
#[derive(Debug)]
#[must_use = "a specification without a `then` specifies nothing"]
pub struct When<D: Decider> {
    outcome: Result<Vec<D::Event>, D::Error>,
}

/// The decider `D` after `events`, oldest first.
pub fn given<D: Decider>(events: impl IntoIterator<Item = D::Event>) -> Given<D> {
    let state = events.into_iter().fold(D::State::default(), |state, event| D::evolve(state, &event));
    Given { state }
}

impl<D: Decider> Given<D> {
    /// Decides on `command`, if its sender has access.
    pub fn when(self, command: D::Command) -> When<D> {
        let admitted = D::admit(&self.state, &command);
        When { outcome: admitted.and_then(|()| D::decide(&self.state, command)) }
    }
}

impl<D: Decider> When<D>
where
    D::Event: Debug + PartialEq,
    D::Error: Debug + PartialEq,
{
    /// Asserts that the decision is exactly `expected`, and that every event can be stored and read back.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = D::Event>) {
        let expected: Vec<_> = expected.into_iter().collect();
        assert_eq!(self.outcome, Ok(expected), "the decision is not the expected one");
        for event in self.outcome.iter().flatten() {
            let stored = encode(event).unwrap();
            assert_eq!(
                decode::<D::Event>(&stored).unwrap(),
                *event,
                "an event must not change when it is stored"
            );
        }
    }

    /// Asserts that no event follows, because the state already is what the command requests.
    #[track_caller]
    pub fn then_nothing(self) {
        self.then([]);
    }

    /// Asserts that the command is refused with `expected`.
    #[track_caller]
    pub fn then_refused(self, expected: D::Error) {
        assert_eq!(self.outcome, Err(expected), "the command is not refused with the expected error");
    }
}
