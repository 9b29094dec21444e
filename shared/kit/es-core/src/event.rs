//! Events: the stored form, and the form that a projection receives.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Metadata, StreamId, StreamVersion};

/// One event as the event table stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// The event's name, part of the wire contract: `AccountOpened`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The version of the shape of `data`, starting at 1. The JSON omits schema 1.
    #[serde(default = "first_schema", skip_serializing_if = "is_first_schema")]
    pub schema: u32,
    /// The event's data in the shape that `event_type` and `schema` define.
    pub data: Value,
}

const fn first_schema() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_first_schema(schema: &u32) -> bool {
    *schema == first_schema()
}

/// An event with its stream, its version and the metadata of its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<E> {
    /// The stream that the event belongs to.
    pub stream: StreamId,
    /// The event's version in the stream.
    pub version: StreamVersion,
    /// When, by whom and why the event was recorded. All events of one commit share their metadata.
    pub metadata: Metadata,
    /// The event itself.
    pub event: E,
}

impl<E> Recorded<E> {
    /// The event's id, which is unique because a UUID belongs to one stream ([`StreamId::new`]). The id is the `UUIDv5` of the event's version in the namespace of the stream's UUID, so the
    /// store does not need to keep the id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&self.stream.uuid(), self.version.to_string().as_bytes())
    }
}
