//! Snapshots: a commit can carry the aggregate's state, so that loading a long stream takes one short read.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{JsonError, RecentKeys};

/// How often an aggregate takes a snapshot, and the schema of the snapshot's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// The version of the state's shape. Snapshots of other versions are ignored.
    pub schema: u32,
    /// A snapshot is due at every `every`th commit.
    pub every: NonZeroU16,
}

impl SnapshotPolicy {
    /// Takes a snapshot of `schema` at every eighth commit.
    #[must_use]
    pub const fn schema(schema: u32) -> Self {
        Self { schema, every: NonZeroU16::MIN.saturating_add(7) }
    }

    /// How many commits a load reads at once. A snapshot may be late by half of `every`, and these commits still include
    /// one.
    #[must_use]
    pub const fn page(self) -> NonZeroU16 {
        self.every.saturating_add(self.every.get() / 2)
    }
}

/// The state of an aggregate after the commit that carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The schema of `state`.
    pub schema: u32,
    /// The aggregate's state.
    pub state: Value,
    /// The idempotency keys of the commits in the last 25 hours before the snapshot.
    ///
    /// The member is required. A snapshot without it, or with the keys in a form that earlier code wrote, counts as
    /// unreadable, so a load reads the commits before it and finds their keys.
    #[serde(rename = "recent_keys")]
    pub keys: RecentKeys,
}

/// Whether a load can use a snapshot.
#[derive(Debug)]
pub enum SnapshotCheck {
    /// The snapshot has the state of the aggregate.
    Usable,
    /// The snapshot has another schema.
    OtherSchema,
    /// The snapshot has the right schema number, but not the shape of that schema. The shape was changed and the number
    /// was not.
    Undecodable(JsonError),
}
