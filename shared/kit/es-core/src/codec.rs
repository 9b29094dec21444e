//! Encodes domain events as stored JSON, and decodes stored JSON into domain events through the upcasters.

use std::borrow::Cow;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, forward_to_deserialize_any};
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
    let mut data = Cow::Borrowed(&stored.data);
    for schema in stored.schema..known {
        data = Cow::Owned(E::upcast(event_type, schema, data.into_owned())?);
    }
    E::deserialize(Tagged { event_type, data: &data })
        .map_err(|error| DecodeError::Shape { event_type: event_type.to_owned(), source: error.into() })
}

/// The JSON object `{"type": …, "data": …}` of a stored event, read without a copy of the data.
struct Tagged<'de> {
    event_type: &'de str,
    data: &'de Value,
}

impl<'de> Deserializer<'de> for Tagged<'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(TaggedMembers { event_type: Some(self.event_type), data: Some(self.data) })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The members of a [`Tagged`] object that have not been read. The type comes first, so serde knows how to read the data.
struct TaggedMembers<'de> {
    event_type: Option<&'de str>,
    data: Option<&'de Value>,
}

impl<'de> MapAccess<'de> for TaggedMembers<'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let name = match (self.event_type, self.data) {
            (Some(_), _) => "type",
            (None, Some(_)) => "data",
            (None, None) => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Self::Error> {
        if let Some(event_type) = self.event_type.take() {
            return seed.deserialize(BorrowedStrDeserializer::new(event_type));
        }
        seed.deserialize(self.data.take().ok_or_else(|| Error::custom("missing value"))?)
    }
}

fn current_schema<E: DomainEvent>(event_type: &str) -> Option<u32> {
    E::SCHEMAS.iter().find(|(name, _)| *name == event_type).map(|(_, schema)| *schema)
}
