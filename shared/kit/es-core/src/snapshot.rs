//! Snapshots: a state kept with a commit, so that a long stream loads in one short read.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{IdempotencyKey, RequestHash, StreamVersion};

/// How many of the latest idempotency keys a snapshot carries on. An older key is forgotten.
pub const MAX_SEEN_KEYS: usize = 64;

/// When an aggregate takes snapshots, and the shape of their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// The version of the state's shape; a snapshot of another one is ignored.
    pub schema: u32,
    /// Every how many commits one is taken, and so the most commits a load reads.
    pub every: NonZeroU16,
}

impl SnapshotPolicy {
    /// Every sixteenth commit.
    #[must_use]
    pub const fn schema(schema: u32) -> Self {
        Self { schema, every: NonZeroU16::MIN.saturating_add(15) }
    }
}

/// The state of an aggregate after the commit that carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The shape of `state`.
    pub schema: u32,
    /// The aggregate's state.
    pub state: Value,
    /// The idempotency keys seen lately, oldest first, at most [`MAX_SEEN_KEYS`].
    #[serde(default)]
    pub keys: Vec<SeenKey>,
}

/// An idempotency key that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenKey {
    /// The key.
    pub key: IdempotencyKey,
    /// What was asked for under it.
    pub request_hash: RequestHash,
    /// The stream's version after it.
    pub version: StreamVersion,
}
