//! The envelope around one event.

use es_core::{DecodeError, DomainEvent, Recorded, StoredEvent, StreamId, StreamVersion, Timestamp, decode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{EventSchema, sequence};

/// An event on the bus: a `CloudEvent` 1.0 in the JSON format, without attributes that name the caller.
///
/// ```
/// use event_bus::PublishedEvent;
/// use serde_json::json;
///
/// let event: PublishedEvent = serde_json::from_value(json!({
///     "specversion": "1.0",
///     "id": "3c593edb-75e3-5d73-9507-a857e1c64de0",
///     "source": "bank",
///     "type": "Deposited",
///     "subject": "account-0194b8f2-7c4e-7000-8000-000000000001",
///     "time": "2026-11-22T12:00:00.000000Z",
///     "datacontenttype": "application/json",
///     "dataschema": "urn:bank:event:Deposited:2",
///     "sequence": "00000000000000000007",
///     "correlationid": "c-1",
///     "causationid": "r-1",
///     "data": {"cents": 500},
/// }))?;
/// assert_eq!((event.version.get(), event.dataschema.number()), (7, 2));
/// # Ok::<_, serde_json::Error>(())
/// ```
///
/// A reader ignores attributes that it does not know, so a publisher may add some.
///
/// Source: `CloudEvents` 1.0.2 and its JSON format; the extensions "Distributed Tracing", "Sequence", "Correlation" and
/// "Dataref". Names of attributes have lower-case letters and digits only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedEvent {
    specversion: SpecVersion,
    /// The event's id, which never changes: an event that is published twice has the same id twice.
    pub id: Uuid,
    /// The publisher.
    pub source: String,
    /// The event's name, as it is stored.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The stream that the event belongs to.
    #[serde(rename = "subject")]
    pub stream: StreamId,
    /// When the event's command was accepted.
    #[serde(rename = "time")]
    pub occurred_at: Timestamp,
    datacontenttype: ContentType,
    /// The schema of the event's data. The data has the schema with which the event was stored, which may be an older one.
    pub dataschema: EventSchema,
    /// The event's version in its stream. The stream's first event has version 1, and no version is missing.
    #[serde(rename = "sequence", with = "sequence")]
    pub version: StreamVersion,
    /// The W3C trace context of the request that caused the event, if the request had one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub traceparent: Option<String>,
    /// The id that all messages of one business conversation share.
    #[serde(rename = "correlationid")]
    pub correlation_id: String,
    /// The id of the message that caused the event.
    #[serde(rename = "causationid")]
    pub causation_id: String,
    /// Whether an operator published the event again. The attribute is missing if nobody did.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub replayed: bool,
    /// The name of the rule that an operator published the event for. Missing if the event is for every rule.
    #[serde(rename = "replayto", skip_serializing_if = "Option::is_none", default)]
    pub replayed_to: Option<String>,
    /// The event's data, or where the data is.
    #[serde(flatten)]
    pub content: EventContent,
}

/// The only version of `CloudEvents` that publishers write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SpecVersion {
    #[serde(rename = "1.0")]
    One,
}

/// The type of all events' data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ContentType {
    #[serde(rename = "application/json")]
    Json,
}

/// The data of an event on the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum EventContent {
    /// The data itself.
    #[serde(rename = "data")]
    Data(Value),
    /// A URI reference to the data, because the event is too large for the bus.
    #[serde(rename = "dataref")]
    Reference(String),
}

/// Marks events that an operator publishes again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replay {
    /// The name of the rule that the events are for; `None` for every rule.
    pub rule: Option<String>,
}

/// Why an event of the bus cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The event is too large for the bus.
    #[error("the event is too large for the bus: read its data from {0}")]
    IsReference(String),
    /// This code cannot read the event.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl PublishedEvent {
    /// The envelope around `recorded`, as `source` publishes it. `schemas` is the prefix of the publisher's
    /// [schemas](EventSchema::new).
    #[must_use]
    pub fn from_recorded(recorded: &Recorded<StoredEvent>, source: &str, schemas: &str) -> Self {
        let Recorded { stream, version, metadata, event } = recorded;
        Self {
            specversion: SpecVersion::One,
            id: recorded.id(),
            source: source.to_owned(),
            event_type: event.event_type.clone(),
            stream: stream.clone(),
            occurred_at: metadata.occurred_at,
            datacontenttype: ContentType::Json,
            dataschema: EventSchema::new(schemas, &event.event_type, event.schema),
            version: *version,
            traceparent: metadata.traceparent.clone(),
            correlation_id: metadata.correlation_id.clone(),
            causation_id: metadata.causation_id.clone(),
            replayed: false,
            replayed_to: None,
            content: EventContent::Data(event.data.clone()),
        }
    }

    /// The same event, marked as published again.
    #[must_use]
    pub fn replayed(self, Replay { rule }: Replay) -> Self {
        Self { replayed: true, replayed_to: rule, ..self }
    }

    /// The same event with a reference to its data in place of the data.
    #[must_use]
    pub fn with_reference(self, uri: String) -> Self {
        Self { content: EventContent::Reference(uri), ..self }
    }

    /// The event in its stored form.
    ///
    /// # Errors
    /// [`Unread::IsReference`] if the event is too large for the bus.
    pub fn stored(&self) -> Result<StoredEvent, Unread> {
        match &self.content {
            EventContent::Data(data) => Ok(StoredEvent {
                event_type: self.event_type.clone(),
                schema: self.dataschema.number(),
                data: data.clone(),
            }),
            EventContent::Reference(uri) => Err(Unread::IsReference(uri.clone())),
        }
    }

    /// The event, upcast to the current schema of its type.
    ///
    /// # Errors
    /// [`Unread`]. Its variants name the causes.
    pub fn decode<E: DomainEvent>(&self) -> Result<E, Unread> {
        Ok(decode(&self.stored()?)?)
    }
}
