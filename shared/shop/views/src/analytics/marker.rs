//! The marker of an order: its checkpoint and its counted properties.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, CorruptItem, Item, Table, number, text};
use es_core::StreamVersion;
use view_store::VERSION;

use super::change::{CountedOrder, CountedStatus};

/// The marker of an order. The default is the marker of an order that is not counted yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marker {
    pub(super) version: StreamVersion,
    pub(super) order: Option<CountedOrder>,
    /// Whether the order was counted from another event table.
    pub(super) is_on_another_timeline: bool,
}

impl Marker {
    /// The marker in `item` of `table`.
    pub(super) fn from_item(table: &Table, item: &AttributeMap) -> Result<Self, CorruptItem> {
        let is_on_another_timeline = table.is_on_another_timeline(item);
        let item = Item(item);
        let version = StreamVersion::new(item.number(VERSION)?);
        if !item.has("day") {
            return Ok(Self { version, order: None, is_on_another_timeline });
        }
        let status =
            CountedStatus { status: item.text("status")?.to_owned(), is_sold: item.flag("is_sold")? };
        let order = CountedOrder {
            day: item.parsed("day")?,
            currency: item.text("currency")?.to_owned(),
            total_amount_cents: item.number("total_amount_cents")?,
            status,
            products: item.json("products")?,
        };
        Ok(Self { version, order: Some(order), is_on_another_timeline })
    }

    /// The attributes of the marker, without the version.
    pub(super) fn attributes(&self) -> Vec<(&'static str, AttributeValue)> {
        let of_order = |order: &CountedOrder| {
            [
                ("day", text(order.day)),
                ("currency", text(&order.currency)),
                ("total_amount_cents", number(order.total_amount_cents)),
                ("status", text(&order.status.status)),
                ("is_sold", AttributeValue::Bool(order.status.is_sold)),
                ("products", text(serde_json::json!(order.products).to_string())),
            ]
        };
        self.order.iter().flat_map(of_order).collect()
    }
}
