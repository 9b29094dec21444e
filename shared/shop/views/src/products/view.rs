//! The view of a product, as queries answer it, and its changes.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, CorruptItem, Item, MAX_SORT_KEY_BYTES, check_size, number, text};
use es_core::{Applied, StreamId, StreamVersion, Timestamp, Unwritable, Versioned, ViewWriter, WriteError};
use serde::Serialize;
use view_store::{VERSION, ViewUpdate, write_view};

use super::{DynamoProductViews, LIST};
use crate::orders::{ORDER_KEY, STATUS_KEY};

/// The view of a product. Its JSON is what a query answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProductView {
    /// The id that its seller gave it.
    pub product_id: String,
    /// The version of the last event that is in it.
    pub version: StreamVersion,
    /// The product's name.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// Whether it is offered: `active` or `discontinued`.
    pub status: String,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Versioned for ProductView {
    fn version(&self) -> StreamVersion {
        self.version
    }
}

impl ProductView {
    /// The view that `item` holds; `None` if no event has told yet of the product's registration: the item is only a
    /// checkpoint.
    pub(super) fn from_item(item: &AttributeMap) -> Result<Option<Self>, CorruptItem> {
        let item = Item(item);
        if !item.has("created_at") {
            return Ok(None);
        }
        Ok(Some(Self {
            product_id: item.text("product_id")?.to_owned(),
            version: StreamVersion::new(item.number(VERSION)?),
            name: item.text("name")?.to_owned(),
            unit_price_cents: item.number("unit_price_cents")?,
            currency: item.text("currency")?.to_owned(),
            status: item.text("status")?.to_owned(),
            created_at: item.parsed("created_at")?,
            updated_at: item.parsed("updated_at")?,
        }))
    }
}

/// What is set in the view of a product; what is `None` stays as it is. One change can hold what several events did,
/// one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProductChange {
    /// The id that its seller gave it.
    pub product_id: Option<String>,
    /// The product's name.
    pub name: Option<String>,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: Option<i64>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Whether it is offered.
    pub status: Option<String>,
    /// When it was registered.
    pub created_at: Option<Timestamp>,
    /// When it changed last.
    pub updated_at: Option<Timestamp>,
}

impl ProductChange {
    /// What the change sets in the view, the attributes of the index included.
    fn attributes(&self) -> Result<Vec<(&'static str, AttributeValue)>, Unwritable> {
        let id_bytes = self.product_id.as_ref().map_or(0, String::len);
        check_size(ORDER_KEY, id_bytes, MAX_SORT_KEY_BYTES)?;
        let texts = [
            ("product_id", self.product_id.clone()),
            ("name", self.name.clone()),
            ("currency", self.currency.clone()),
            ("status", self.status.clone()),
            ("created_at", self.created_at.map(|time| time.to_string())),
            ("updated_at", self.updated_at.map(|time| time.to_string())),
            (STATUS_KEY, self.product_id.as_ref().map(|_| LIST.to_owned())),
            (ORDER_KEY, self.product_id.clone()),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name, text(value?))));
        let price = self.unit_price_cents.map(|cents| ("unit_price_cents", number(cents)));
        Ok(texts.chain(price).collect())
    }
}

impl ViewWriter<ProductChange> for DynamoProductViews {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &ProductChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let (key, attributes) = (Self::checkpoint(stream), change.attributes()?);
        write_view(&self.table, ViewUpdate { stream, key, attributes, after, to }).await
    }
}
