//! Events as they are stored, and as a projection sees them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{Metadata, StreamId, StreamVersion};

/// One event as the event table keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredEvent {
    /// The event's name, part of the wire contract: `AccountOpened`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The version of the shape of `data`, from 1 on; left out of the JSON while it is 1.
    #[serde(default = "first_schema", skip_serializing_if = "is_first_schema")]
    pub schema: u32,
    /// What happened, in the shape that `event_type` and `schema` name.
    pub data: Value,
}

const fn first_schema() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
const fn is_first_schema(schema: &u32) -> bool {
    *schema == first_schema()
}

/// An event together with its place in its stream and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<E> {
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its version there.
    pub version: StreamVersion,
    /// When, by whom and why; shared by all events of its commit.
    pub metadata: Metadata,
    /// The event itself.
    pub event: E,
}

impl<E> Recorded<E> {
    /// The event's identity: `UUIDv5` of its version in the namespace of its stream, so that it need not be stored.
    #[must_use]
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&self.stream.uuid(), self.version.to_string().as_bytes())
    }
}
