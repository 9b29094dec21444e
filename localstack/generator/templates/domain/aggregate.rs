//! The paper crane: an aggregate in one file. Its id, its commands, its events, its state, its refusals and its rules.

use es_core::{Category, Decider, DomainError, DomainEvent, Refusal, SnapshotPolicy, aggregate_id};
use serde::{Deserialize, Serialize};

use crate::Asked;

aggregate_id! {
    /// The identity of a paper crane.
    pub struct PaperCraneId of PaperCrane, in "00000000-0000-5000-8000-000000000000"
}

/// What callers can ask of a paper crane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperCraneCommand {
    /// `fold-up`: the command that opens a paper crane.
    FoldUp {
        /// The caller, who owns the paper crane from then on.
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
/// What can happen to a paper crane. Names and fields are stored: they are a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
pub enum PaperCraneEvent {
    /// What `fold-up` made happen.
    PaperCraneFoldedUp(PaperCraneFoldedUp),
    // [event variant]
    /// What `unfold-wing` made happen.
    PaperCraneWingUnfolded(PaperCraneWingUnfolded),
    // [end]
}

/// What is stored of `fold-up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperCraneFoldedUp {
    /// The id of the customer who owns the paper crane.
    pub owner: String,
}

// [event data]
/// What is stored of `unfold-wing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperCraneWingUnfolded {}

// [end]
/// A paper crane as its rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PaperCraneState {
    /// What happened last.
    pub status: PaperCraneStatus,
    /// The id of the customer who owns the paper crane; `None` if there is no paper crane yet.
    pub owner: Option<String>,
}

/// What happened last to a paper crane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PaperCraneStatus {
    /// Nothing: there is no paper crane.
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

/// Why a command on a paper crane is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperCraneError {
    /// There is no such paper crane.
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

    type Command = Asked<PaperCraneCommand>;
    type Event = PaperCraneEvent;
    type State = PaperCraneState;
    type Error = PaperCraneError;

    /// Only the owner and admins may act on a paper crane. The refusal is the same in every state and tells nothing of it.
    fn admit(state: &PaperCraneState, asked: &Asked<PaperCraneCommand>) -> Result<(), PaperCraneError> {
        match &state.owner {
            Some(owner) if !asked.by.may_act_for(owner) => Err(PaperCraneError::NotYours),
            _ => Ok(()),
        }
    }

    fn decide(
        state: &PaperCraneState,
        asked: Asked<PaperCraneCommand>,
    ) -> Result<Vec<PaperCraneEvent>, PaperCraneError> {
        Self::admit(state, &asked)?;
        match (asked.command, state.status) {
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
            // The rules never let that happen, and history is never refused.
            (_, PaperCraneEvent::PaperCraneFoldedUp(_)) => state,
            // [evolution]
            (_, PaperCraneEvent::PaperCraneWingUnfolded(PaperCraneWingUnfolded {})) => {
                PaperCraneState { status: PaperCraneStatus::WingUnfolded, ..state }
            }
            // [end]
        }
    }
}
