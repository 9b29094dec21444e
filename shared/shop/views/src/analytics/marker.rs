//! The marker of an order: how far it is counted, and as what.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{StreamVersion, WriteError};
use tracing::field::Empty;
use uuid::Uuid;

use super::DynamoAnalytics;
use super::change::{CountedOrder, Standing};
use crate::capacity;
use crate::error::not_written;
use crate::keys::{self, PK, SK, VERSION};

/// The sort key of every marker.
pub(crate) const MARKER: &str = "checkpoint#analytics-projection";

/// How far an order is counted, and as what; the default is that of an order that is not counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marker {
    pub(super) version: StreamVersion,
    pub(super) order: Option<CountedOrder>,
}

/// The primary key of the marker of `order`.
pub(super) fn key(order: Uuid) -> HashMap<String, AttributeValue> {
    let text = |name: &str, text: String| (name.to_owned(), AttributeValue::S(text));
    HashMap::from([text(PK, keys::pk(order)), text(SK, MARKER.to_owned())])
}

impl DynamoAnalytics {
    /// The marker of `order`, as the last transaction left it.
    #[tracing::instrument(name = "read_store.marker", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
        db.collection.name = self.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(super) async fn marker(&self, order: Uuid) -> Result<Marker, WriteError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(order)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(get.send()).await.map_err(not_written)?;
        capacity::record(&self.table, answer.consumed_capacity());
        let Some(item) = answer.item() else { return Ok(Marker::default()) };
        let corrupt =
            || WriteError::Unavailable(format!("the marker of order {order} cannot be read").into());
        Marker::of(item).ok_or_else(corrupt)
    }
}

impl Marker {
    /// The attributes of this marker, its key apart.
    pub(super) fn attributes(&self) -> Vec<(&'static str, AttributeValue)> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: String| AttributeValue::N(number);
        let mut attributes = vec![(VERSION, number(self.version.to_string()))];
        if let Some(order) = &self.order {
            attributes.extend([
                ("day", text(&order.day.to_string())),
                ("currency", text(&order.currency)),
                ("total_amount_cents", number(order.total_amount_cents.to_string())),
                ("status", text(&order.standing.status)),
                ("is_sold", AttributeValue::Bool(order.standing.is_sold)),
                ("products", AttributeValue::S(serde_json::json!(order.products).to_string())),
            ]);
        }
        attributes
    }

    fn of(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name| item.get(name).and_then(|value| value.as_s().ok());
        let number = |name| item.get(name).and_then(|value| value.as_n().ok());
        let version = StreamVersion::new(number(VERSION)?.parse().ok()?);
        if !item.contains_key("day") {
            return Some(Self { version, order: None });
        }
        let is_sold = *item.get("is_sold")?.as_bool().ok()?;
        let order = CountedOrder {
            day: text("day")?.parse().ok()?,
            currency: text("currency")?.clone(),
            total_amount_cents: number("total_amount_cents")?.parse().ok()?,
            standing: Standing { status: text("status")?.clone(), is_sold },
            products: serde_json::from_str(text("products")?).ok()?,
        };
        Some(Self { version, order: Some(order) })
    }
}
