//! What is added to a history.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use es_core::{StreamVersion, Timestamp, Unwritable};
use serde_json::Value;
use uuid::Uuid;

use crate::ReadError;
use crate::item::Item;
use crate::keys::{self, PK, SK};

/// The most bytes of an item, the names of its attributes included.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB", section "Items".
const MAX_ITEM_BYTES: usize = 400 * 1_024;

/// What is added to the history of an order: a run of events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistoryChange {
    /// Whose order it is, where one of the events tells.
    pub user_id: Option<String>,
    /// The events, which follow one another.
    pub events: Vec<HistoryEvent>,
}

/// An event, as a history keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// Its version in its stream.
    pub version: StreamVersion,
    /// Its own id.
    pub id: Uuid,
    /// Its stored name: `OrderCreated`.
    pub event_type: String,
    /// What happened.
    pub data: Value,
    /// When its command was accepted.
    pub at: Timestamp,
    /// The W3C trace context of the request, where there was one.
    pub traceparent: Option<String>,
    /// What ties all messages of one business conversation together.
    pub correlation_id: String,
    /// The message that led to it.
    pub causation_id: String,
}

impl HistoryEvent {
    /// Its item in the history of `order`.
    pub(super) fn item(&self, order: Uuid) -> Result<HashMap<String, AttributeValue>, Unwritable> {
        let texts = [
            (PK, Some(keys::pk(order))),
            (SK, Some(keys::event_key(self.version))),
            ("id", Some(self.id.to_string())),
            ("type", Some(self.event_type.clone())),
            ("data", Some(self.data.to_string())),
            ("at", Some(self.at.to_string())),
            ("traceparent", self.traceparent.clone()),
            ("correlation_id", Some(self.correlation_id.clone())),
            ("causation_id", Some(self.causation_id.clone())),
        ];
        let texts: Vec<_> = texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
        let bytes = texts.iter().map(|(name, text)| name.len() + text.len()).sum();
        if bytes > MAX_ITEM_BYTES {
            return Err(Unwritable { attribute: "the event", bytes, limit: MAX_ITEM_BYTES });
        }
        Ok(texts.into_iter().map(|(name, text)| (name.to_owned(), AttributeValue::S(text))).collect())
    }

    /// The event that `item` holds.
    pub(super) fn of(item: &HashMap<String, AttributeValue>) -> Result<Self, ReadError> {
        let item = Item(item);
        Ok(Self {
            version: keys::version_of(&item.text(SK)?).ok_or_else(|| item.corrupt(SK))?,
            id: item.text("id")?.parse().map_err(|_| item.corrupt("id"))?,
            event_type: item.text("type")?,
            data: serde_json::from_str(&item.text("data")?).map_err(|_| item.corrupt("data"))?,
            at: item.time("at")?,
            traceparent: item.optional("traceparent"),
            correlation_id: item.text("correlation_id")?,
            causation_id: item.text("causation_id")?,
        })
    }
}
