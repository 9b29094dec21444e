//! Reactions, and the commands that follow from events.

use es_core::{Decider, DomainError, DomainEvent, Expectation, StreamId};

use crate::Received;

/// Which command follows from an event. A reaction reads neither views nor streams: it knows the event only, and the
/// command's own decider knows the rest.
pub trait Reaction: Send + Sync + 'static {
    /// The reaction's name, which is also the name of its function: `welcome-owner`. The commits that follow from a
    /// reaction have the name as their actor. Never change the name: a repeated event would no longer find its commit.
    const NAME: &'static str;

    /// All events of the aggregate whose events the reaction receives. An event of another type or of a newer schema
    /// fails the invocation.
    type Event: DomainEvent;
    /// The aggregate that the command changes.
    type Target: Decider<Error: DomainError + Send + Sync + 'static>;

    /// The command that follows from `event`; `None` if no command follows. The same event must lead to the same stream
    /// in every release, because the stream recognizes a repeated event.
    fn react(event: &Received<Self::Event>) -> Option<Consequence<<Self::Target as Decider>::Command>>;
}

/// A command that follows from an event, and the stream that the command changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence<C> {
    /// The stream.
    pub stream: StreamId,
    /// The command.
    pub command: C,
    pub(crate) expectation: Expectation,
}

impl<C> Consequence<C> {
    /// A command that opens `stream`, whose id is derived from the event: `WelcomeId::derived(Self::NAME,
    /// &event.key())`.
    ///
    /// The event opens the stream exactly once, at any time: the first commit of the stream has the event's id, and a
    /// repeated event always meets that commit. The execution appends without a read, so a new event costs one request.
    #[must_use]
    pub const fn opens(stream: StreamId, command: C) -> Self {
        Self { stream, command, expectation: Expectation::New }
    }

    /// A command that changes `stream`, whose id does not depend on the event's id.
    ///
    /// The stream remembers the event's id for [`KEY_LIFETIME`](es_core::KEY_LIFETIME). An event can be published again
    /// later, so the decider must recognize it in its state and return no events: it keeps, for example, the id of each
    /// reservation that it has made.
    #[must_use]
    pub const fn changes(stream: StreamId, command: C) -> Self {
        Self { stream, command, expectation: Expectation::Any }
    }
}
