//! Types and ports of event sourcing, without any I/O.
//!
//! A [`Decider`] holds the rules of one aggregate. [`execute`] loads the aggregate's stream through an [`EventReader`],
//! decides, and appends one [`Commit`] through an [`EventAppender`]. A [`Projection`] folds recorded events into a
//! change of a view, which a [`ViewWriter`] writes. This crate reads no clock, draws no random numbers and opens no
//! connections. It emits `tracing` spans, which cost nothing without a subscriber.

// The derives name the crate by this path, here as in other crates.
extern crate self as es_core;

mod codec;
mod commit;
mod decider;
mod event;
mod execute;
mod history;
mod id;
mod json;
mod keys;
mod metadata;
mod personal;
mod projection;
mod refusal;
mod report;
mod snapshot;
mod store;
mod stream;
mod timestamp;
mod view;

pub use codec::{DecodeError, DomainEvent, EncodeError, UpcastError, decode, encode};
pub use commit::Commit;
pub use decider::Decider;
pub use event::{Recorded, StoredEvent};
pub use execute::{
    Execution, ExecutionError, Expectation, MAX_ATTEMPTS, Outcome, Versions, earlier_outcome, execute,
    execute_in_time, history_of,
};
pub use history::{History, HistoryError};
pub use json::{InvalidJson, JsonDocument, JsonError, StrictValue, read_json};
pub use keys::{InvalidRecentKeys, KEY_LIFETIME, KeyTag, RecentKeys, SeenKey};
pub use kit_derive::{DomainEvent, PersonalFields};
pub use metadata::{IdempotencyKey, InvalidKey, Metadata, RequestHash};
pub use personal::{PersonalField, PersonalFields, PersonalKind};
pub use projection::Projection;
pub use refusal::{DomainError, Refusal};
pub use report::{report_error, report_throttling};
pub use snapshot::{Snapshot, SnapshotCheck, SnapshotPolicy};
pub use store::{
    AppendError, Appended, EventAppender, EventReader, Load, RawKey, ScanCursor, ScanPage, Segment,
    StoreError, StoreFailure, UnreadableItem,
};
pub use stream::{Category, InvalidStreamId, InvalidUuid, StreamId, StreamVersion, canonical_uuid};
pub use timestamp::{Clock, InvalidTimestamp, TimeAndKeys, Timestamp};
pub use view::{Applied, ReportResult, StreamChange, Unwritable, Versioned, ViewWriter, WriteError};

/// Used by [`aggregate_id`], so that its callers need no dependency on `uuid`.
#[doc(hidden)]
pub use uuid;
