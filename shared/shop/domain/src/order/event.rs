//! The events of an order. Their names and fields are a storage format that must not change. The values have plain JSON
//! types without further checks, because stored events must always load.

use es_core::{DomainEvent, PersonalFields, UpcastError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data")]
#[event(upcast = upcast)]
pub enum OrderEvent {
    /// The order was created.
    #[event(schema = 2)]
    OrderCreated(OrderCreated),
    /// The order was confirmed: the shop accepted it for shipment.
    OrderConfirmed(OrderConfirmed),
    /// A carrier picked up the parcel.
    OrderShipped(OrderShipped),
    /// The customer received the parcel.
    OrderDelivered {},
    /// The order was cancelled.
    OrderCancelled(OrderCancelled),
}

/// An order was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderCreated {
    /// The id of the order's customer.
    #[personal(subject = "the identity provider knows the customer by it")]
    pub user_id: String,
    /// The ordered items.
    pub items: Vec<OrderedItem>,
    /// The sum of all items, in minor units of `currency`.
    pub total_amount_cents: i64,
    /// The ISO 4217 code of the currency; added in schema 2.
    #[personal(no)]
    pub currency: String,
}

/// One item of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderedItem {
    /// The id of the ordered product.
    #[personal(no)]
    pub product_id: String,
    /// The product's name at that time. It is present if the price came from the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[personal(no)]
    pub name: Option<String>,
    /// The number of pieces.
    pub quantity: i64,
    /// The price of one piece, in minor units of the order's currency.
    pub unit_price_cents: i64,
}

/// An order was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderConfirmed {
    /// The id of the member of staff who confirmed the order. Events that were stored before the
    /// field existed do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[personal(subject = "the identity provider knows the member of staff by it")]
    pub confirmed_by: Option<String>,
}

/// A carrier picked up the parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderShipped {
    /// The parcel's tracking number.
    #[personal(reference = "the carrier finds the parcel and its recipient by it")]
    pub tracking_number: String,
    /// The carrier.
    #[personal(no)]
    pub carrier: String,
}

/// The order was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PersonalFields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderCancelled {
    /// The reason, if the caller gave one. It is the only text of an event that a customer writes, and it may contain
    /// anything. No rule reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[personal(free_text = "the customer writes it")]
    pub reason: Option<String>,
}

/// Converts the data of an event from `schema` to the next schema.
///
/// # Errors
/// [`UpcastError`] if there is no such step.
fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
    if let ("OrderCreated", 1, Value::Object(mut fields)) = (event_type, schema, data) {
        // All orders of schema 1 were in US dollars.
        fields.insert("currency".to_owned(), Value::from("USD"));
        return Ok(Value::Object(fields));
    }
    Err(UpcastError::no_step(event_type, schema))
}
