//! What can happen to an order. Names and fields are a wire contract; their values are as lenient as JSON, for
//! history is never refused.

use es_core::{DomainEvent, UpcastError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What can happen to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub enum OrderEvent {
    /// It was opened.
    #[event(schema = 2)]
    OrderCreated(OrderCreated),
    /// It was accepted for shipment.
    OrderConfirmed {},
    /// A carrier took it.
    OrderShipped(OrderShipped),
    /// Its customer got it.
    OrderDelivered {},
    /// It was given up.
    OrderCancelled(OrderCancelled),
}

/// An order was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCreated {
    /// Whose order it is.
    pub user_id: String,
    /// What was ordered.
    pub items: Vec<OrderedItem>,
    /// The sum, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// ISO 4217 code; new in schema 2.
    pub currency: String,
}

/// One position of an opened order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedItem {
    /// What was ordered.
    pub product_id: String,
    /// The product's name at that time, where the price came from the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units.
    pub unit_price_cents: i64,
}

/// A carrier took the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShipped {
    /// The parcel's number.
    pub tracking_number: String,
    /// Who carries it.
    pub carrier: String,
}

/// The order was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    /// Why, where somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
    if let ("OrderCreated", 1, Value::Object(mut fields)) = (event_type, schema, data) {
        // Every order of schema 1 was placed in US dollars.
        fields.insert("currency".to_owned(), Value::from("USD"));
        return Ok(Value::Object(fields));
    }
    Err(UpcastError::no_step(event_type, schema))
}
