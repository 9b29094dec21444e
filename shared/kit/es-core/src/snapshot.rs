//! Snapshots: a commit can carry the aggregate's state, so that loading a long stream takes one short read.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{IdempotencyKey, RequestHash, StreamVersion};

/// How many idempotency keys a snapshot keeps. It keeps the latest keys and drops older ones.
pub const MAX_SEEN_KEYS: usize = 64;

/// How often an aggregate takes a snapshot, and the schema of the snapshot's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotPolicy {
    /// The version of the state's shape. Snapshots of other versions are ignored.
    pub schema: u32,
    /// A snapshot is taken at every `every`th commit. A load therefore reads at most this many commits.
    pub every: NonZeroU16,
}

impl SnapshotPolicy {
    /// Takes a snapshot of `schema` at every sixteenth commit.
    #[must_use]
    pub const fn schema(schema: u32) -> Self {
        Self { schema, every: NonZeroU16::MIN.saturating_add(15) }
    }
}

/// The state of an aggregate after the commit that carries it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The schema of `state`.
    pub schema: u32,
    /// The aggregate's state.
    pub state: Value,
    /// The latest idempotency keys, oldest first, at most [`MAX_SEEN_KEYS`].
    #[serde(default)]
    pub keys: Vec<SeenKey>,
}

/// An idempotency key under which a request was executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenKey {
    /// The key.
    pub key: IdempotencyKey,
    /// The hash of that request.
    pub request_hash: RequestHash,
    /// The stream's version after that request.
    pub version: StreamVersion,
}
