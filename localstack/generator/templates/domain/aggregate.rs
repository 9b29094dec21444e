//! The aggregate paper crane in one file: its id, commands, events, state, refusals and rules.

use es_core::{
    Category, Decider, DomainError, DomainEvent, PersonalFields, Refusal, SnapshotPolicy, aggregate_id,
};
use serde::{Deserialize, Serialize};

use crate::CallerCommand;

aggregate_id! {
    /// The identity of a paper crane.
    pub struct PaperCraneId of PaperCrane, in "00000000-0000-5000-8000-000000000000"
}

/// A command on a paper crane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperCraneCommand {
    /// `fold-up`: the command that opens a paper crane.
    FoldUp {
        /// The caller, who becomes the owner of the paper crane.
        owner: String,
        /// The body of the request.
        body: FoldUp,
    },
    // [command variant]
    /// `unfold-wing`, with the body of the request.
    UnfoldWing(UnfoldWing),
    // [end]
}

/// The body of the command `fold-up`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldUp {}

// [command body]
/// The body of the command `unfold-wing`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnfoldWing {}

// [end]
/// An event of a paper crane. Names and fields are a storage format that must not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data")]
pub enum PaperCraneEvent {
    /// The event of `fold-up`.
    PaperCraneFoldedUp(PaperCraneFoldedUp),
    // [event variant]
    /// The event of `unfold-wing`.
    PaperCraneWingUnfolded(PaperCraneWingUnfolded),
    // [end]
}

/// The stored data of `fold-up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperCraneFoldedUp {
    /// The id of the customer who owns the paper crane.
    #[personal(subject = "the identity provider knows the owner by it")]
    pub owner: String,
}

// [event data]
/// The stored data of `unfold-wing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PaperCraneWingUnfolded {}

// [end]
/// The state of a paper crane.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaperCraneState {
    /// The status, which follows from the last event.
    pub status: PaperCraneStatus,
    /// The id of the customer who owns the paper crane; `None` if there is no paper crane yet.
    pub owner: Option<String>,
}

/// The status of a paper crane, which follows from its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperCraneStatus {
    /// The paper crane does not exist.
    #[default]
    Missing,
    /// `fold-up`.
    FoldedUp,
    // [status variant]
    /// `unfold-wing`.
    WingUnfolded,
    // [end]
}

impl PaperCraneState {
    /// The name of the status.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self.status {
            PaperCraneStatus::Missing => "missing",
            PaperCraneStatus::FoldedUp => "folded-up",
            // [status name]
            PaperCraneStatus::WingUnfolded => "wing-unfolded",
            // [end]
        }
    }

    /// The state of a paper crane that exists.
    ///
    /// # Errors
    /// [`PaperCraneError::NotFound`] if there is no paper crane.
    pub const fn existing(&self) -> Result<&Self, PaperCraneError> {
        if self.owner.is_some() { Ok(self) } else { Err(PaperCraneError::NotFound) }
    }
}

/// The reasons to refuse a command on a paper crane.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperCraneError {
    /// The paper crane does not exist.
    #[error("there is no such paper crane")]
    NotFound,
    /// The paper crane belongs to another customer.
    #[error("the paper crane belongs to another customer")]
    NotYours,
    /// The paper crane exists already.
    #[error("the paper crane exists already")]
    AlreadyExists,
}

impl DomainError for PaperCraneError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotFound => Refusal::NotFound,
            Self::NotYours => Refusal::NotYours,
            Self::AlreadyExists => Refusal::Rule { code: "paper-crane-already-exists" },
        }
    }
}

/// The rules of a paper crane.
#[derive(Debug, Clone, Copy)]
pub enum PaperCrane {}

impl Decider for PaperCrane {
    const CATEGORY: Category = Category::new("paper-crane");
    const SNAPSHOT: SnapshotPolicy = SnapshotPolicy::schema(1);

    type Command = CallerCommand<PaperCraneCommand>;
    type Event = PaperCraneEvent;
    type State = PaperCraneState;
    type Error = PaperCraneError;

    /// Only the owner and admins may change a paper crane. The refusal is the same in every state and reveals nothing.
    fn admit(state: &PaperCraneState, sent: &CallerCommand<PaperCraneCommand>) -> Result<(), PaperCraneError> {
        match &state.owner {
            Some(owner) if !sent.by.may_act_for(owner) => Err(PaperCraneError::NotYours),
            _ => Ok(()),
        }
    }

    fn decide(
        state: &PaperCraneState,
        sent: CallerCommand<PaperCraneCommand>,
    ) -> Result<Vec<PaperCraneEvent>, PaperCraneError> {
        match (sent.command, state.status) {
            (PaperCraneCommand::FoldUp { owner, body: FoldUp {} }, PaperCraneStatus::Missing) => {
                Ok(vec![PaperCraneEvent::PaperCraneFoldedUp(PaperCraneFoldedUp { owner })])
            }
            (PaperCraneCommand::FoldUp { .. }, _) => Err(PaperCraneError::AlreadyExists),
            // [rule]
            (PaperCraneCommand::UnfoldWing(UnfoldWing {}), _) => {
                state.existing()?;
                Ok(vec![PaperCraneEvent::PaperCraneWingUnfolded(PaperCraneWingUnfolded {})])
            }
            // [end]
        }
    }

    fn evolve(state: PaperCraneState, event: &PaperCraneEvent) -> PaperCraneState {
        match (state.status, event) {
            (PaperCraneStatus::Missing, PaperCraneEvent::PaperCraneFoldedUp(folded_up)) => PaperCraneState {
                status: PaperCraneStatus::FoldedUp,
                owner: Some(folded_up.owner.clone()),
            },
            // The rules never allow such an event. It is ignored, because stored events must always load.
            (_, PaperCraneEvent::PaperCraneFoldedUp(_)) => state,
            // [evolution]
            (_, PaperCraneEvent::PaperCraneWingUnfolded(PaperCraneWingUnfolded {})) => {
                PaperCraneState { status: PaperCraneStatus::WingUnfolded, ..state }
            }
            // [end]
        }
    }
}
