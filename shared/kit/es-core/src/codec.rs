//! Stored JSON to events and back, through the upcasters.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{JsonError, StoredEvent};

/// The events of one aggregate: a serde enum tagged `type` with its content in `data`. `#[derive(DomainEvent)]` implements
/// it:
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
/// /// In schema 1 a deposit was in euros.
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
/// Events that would be stored without their name, or a later schema without an upcaster, do not compile:
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
    /// Every stored name with the schema this code writes. A name that is not here is unknown to this code.
    const SCHEMAS: &'static [(&'static str, u32)];

    /// The upcaster: turns `data` of `event_type` from `schema` into the shape of `schema + 1`.
    ///
    /// It is called once a step, from the stored schema up to the current one. By default there is no step.
    ///
    /// # Errors
    /// [`UpcastError`] where there is no such step or `data` does not have the shape of `schema`.
    fn upcast(event_type: &str, schema: u32, _data: Value) -> Result<Value, UpcastError> {
        Err(UpcastError::no_step(event_type, schema))
    }
}

/// A step between two schemas that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event_type} cannot be upcast from schema {schema}: {reason}")]
pub struct UpcastError {
    /// The event's stored name.
    pub event_type: String,
    /// The schema to start from.
    pub schema: u32,
    /// What stood in the way.
    pub reason: String,
}

impl UpcastError {
    /// There is no upcaster that takes `event_type` from `schema` to the next.
    #[must_use]
    pub fn no_step(event_type: &str, schema: u32) -> Self {
        Self { event_type: event_type.to_owned(), schema, reason: "there is no such step".to_owned() }
    }
}

/// A stored event that this code cannot read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The name is not among [`DomainEvent::SCHEMAS`]. A projection skips such an event; a decider refuses to go on.
    #[error("unknown event type {0:?}")]
    UnknownType(String),
    /// Newer code wrote it.
    #[error("{event_type} has schema {stored}, newer than {known}")]
    FutureSchema {
        /// The event's stored name.
        event_type: String,
        /// The schema it was stored with.
        stored: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// An older shape could not be brought forward.
    #[error(transparent)]
    Upcast(#[from] UpcastError),
    /// The data does not have the shape its name and schema promise.
    #[error("{event_type} does not have the shape of its schema")]
    Shape {
        /// The event's stored name.
        event_type: String,
        /// What is wrong with it.
        source: JsonError,
    },
}

/// An event whose JSON is not `{"type": …, "data": …}` with a name out of [`DomainEvent::SCHEMAS`].
#[derive(Debug, thiserror::Error)]
#[error("the event does not serialize as a known type with data")]
pub struct EncodeError;

/// The stored form of `event`, at the current schema of its type.
///
/// # Errors
/// [`EncodeError`] where `E` is not tagged as [`DomainEvent`] asks.
pub fn encode<E: DomainEvent>(event: &E) -> Result<StoredEvent, EncodeError> {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(event) else { return Err(EncodeError) };
    let Some(Value::String(event_type)) = fields.remove("type") else { return Err(EncodeError) };
    let schema = current_schema::<E>(&event_type).ok_or(EncodeError)?;
    let data = fields.remove("data").unwrap_or_else(|| json!({}));
    Ok(StoredEvent { event_type, schema, data })
}

/// The event that `stored` holds, upcast to the current schema.
///
/// # Errors
/// [`DecodeError`], case by case.
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
