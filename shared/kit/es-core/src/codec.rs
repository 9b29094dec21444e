//! Encodes domain events as stored JSON, and decodes stored JSON into domain events through the upcasters.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{JsonError, StoredEvent};

/// The events of one aggregate: a serde enum tagged with `type`, whose content is in `data`. Derive the trait with
/// `#[derive(DomainEvent)]`:
///
/// ```
/// use es_core::{DomainEvent, UpcastError};
/// use serde::{Deserialize, Serialize};
/// use serde_json::{Value, json};
///
/// #[derive(Serialize, Deserialize, DomainEvent)]
/// #[serde(tag = "type", content = "data")]
/// #[event(upcast = upcast)]
/// enum AccountEvent {
///     Opened {},
///     #[event(schema = 2)]
///     Deposited { cents: u64 },
/// }
///
/// /// Schema 1 stored the amount in euros.
/// fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
///     match (event_type, schema, data["euros"].as_u64()) {
///         ("Deposited", 1, Some(euros)) => Ok(json!({ "cents": 100 * euros })),
///         _ => Err(UpcastError::no_step(event_type, schema)),
///     }
/// }
///
/// assert_eq!(AccountEvent::SCHEMAS, [("Opened", 1), ("Deposited", 2)]);
/// ```
///
/// Two mistakes do not compile: an enum that serde would store without the event's name, and a schema above 1 without
/// an upcaster:
///
/// ```compile_fail
/// #[derive(serde::Serialize, serde::Deserialize, es_core::DomainEvent)]
/// enum AccountEvent {
///     Opened {},
/// }
/// ```
///
/// ```compile_fail
/// #[derive(serde::Serialize, serde::Deserialize, es_core::DomainEvent)]
/// #[serde(tag = "type", content = "data")]
/// enum AccountEvent {
///     #[event(schema = 2)]
///     Opened {},
/// }
/// ```
pub trait DomainEvent: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Every stored event name with the schema that this code writes. This code does not know any other name.
    const SCHEMAS: &'static [(&'static str, u32)];

    /// Upcasts `data` of the event `event_type` from `schema` to the shape of `schema + 1`.
    ///
    /// Decoding calls this function once for each step from the stored schema to the current one. The default has no
    /// steps.
    ///
    /// # Errors
    /// [`UpcastError`] if there is no such step or if `data` does not have the shape of `schema`.
    fn upcast(event_type: &str, schema: u32, _data: Value) -> Result<Value, UpcastError> {
        Err(UpcastError::no_step(event_type, schema))
    }
}

/// Why an event could not be upcast from one schema to the next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event_type} cannot be upcast from schema {schema}: {reason}")]
pub struct UpcastError {
    /// The event's stored name.
    pub event_type: String,
    /// The schema that the upcast started from.
    pub schema: u32,
    /// Why the upcast failed.
    pub reason: String,
}

impl UpcastError {
    /// The error for a missing upcaster from `schema` of `event_type` to the next schema.
    #[must_use]
    pub fn no_step(event_type: &str, schema: u32) -> Self {
        Self { event_type: event_type.to_owned(), schema, reason: "there is no such step".to_owned() }
    }
}

/// A stored event that this code cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The name is not in [`DomainEvent::SCHEMAS`]. Newer code wrote the event.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// Newer code wrote the event.
    #[error("{event_type} has schema {stored}, newer than {known}")]
    FutureSchema {
        /// The event's stored name.
        event_type: String,
        /// The schema it was stored with.
        stored: u32,
        /// The newest schema that this code knows.
        known: u32,
    },
    /// An upcaster failed.
    #[error(transparent)]
    Upcast(#[from] UpcastError),
    /// The data does not have the shape that the event's name and schema require.
    #[error("{event_type} does not have the shape of its schema")]
    Shape {
        /// The event's stored name.
        event_type: String,
        /// Why the data cannot be read.
        source: JsonError,
    },
}

/// An event that does not serialize to `{"type": …, "data": …}` with a name from [`DomainEvent::SCHEMAS`].
#[derive(Debug, thiserror::Error)]
#[error("the event does not serialize as a known type with data")]
pub struct EncodeError;

/// Encodes `event` at the current schema of its type.
///
/// # Errors
/// [`EncodeError`] if `E` is not tagged as [`DomainEvent`] requires.
pub fn encode<E: DomainEvent>(event: &E) -> Result<StoredEvent, EncodeError> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(event) else { return Err(EncodeError) };
    let Some(Value::String(event_type)) = fields.remove("type") else { return Err(EncodeError) };
    let schema = current_schema::<E>(&event_type).ok_or(EncodeError)?;
    let data = fields.remove("data").unwrap_or_else(|| json!({}));
    Ok(StoredEvent { event_type, schema, data })
}

/// Decodes `stored` and upcasts the event to the current schema.
///
/// # Errors
/// [`DecodeError`]. Its variants name the causes.
pub fn decode<E: DomainEvent>(stored: &StoredEvent) -> Result<E, DecodeError> {
    let event_type = stored.event_type.as_str();
    let known =
        current_schema::<E>(event_type).ok_or_else(|| DecodeError::UnknownType(event_type.to_owned()))?;
    if stored.schema > known {
        let event_type = event_type.to_owned();
        return Err(DecodeError::FutureSchema { event_type, stored: stored.schema, known });
    }
    let mut data = stored.data.clone();
    for schema in stored.schema..known {
        data = E::upcast(event_type, schema, data)?;
    }
    serde_json::from_value(json!({ "type": event_type, "data": data }))
        .map_err(|error| DecodeError::Shape { event_type: event_type.to_owned(), source: error.into() })
}

fn current_schema<E: DomainEvent>(event_type: &str) -> Option<u32> {
    E::SCHEMAS.iter().find(|(name, _)| *name == event_type).map(|(_, schema)| *schema)
}
