//! An event of an order as a history keeps it: its name, and its data as JSON.

use domain::order::OrderEvent;
use es_core::{DomainEvent, UpcastError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An event of an order in the shape of its current schema, whatever that is. A history has no opinion of what an event
/// says, and keeps what the order itself would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptEvent {
    /// Its stored name: `OrderCreated`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What happened.
    pub data: Value,
}

impl DomainEvent for KeptEvent {
    const SCHEMAS: &'static [(&'static str, u32)] = OrderEvent::SCHEMAS;

    fn upcast(event_type: &str, schema: u32, data: Value) -> Result<Value, UpcastError> {
        OrderEvent::upcast(event_type, schema, data)
    }
}
