//! The views of products.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `product#<uuid of the product's stream>`, `view` |
//! | version | N | the checkpoint: the version of the last event that is in the view |
//! | `product_id`, name, currency, status | S | status is `active` or `discontinued` |
//! | `unit_price_cents` | N | the price of one piece, in minor units of currency |
//! | `created_at`, `updated_at` | S | RFC 3339 in UTC, to the microsecond |
//! | `status_key` | S | `product#0`: partition key of the index `by_status`, which holds the list of products |
//! | `order_key` | S | the product's id: the list's sort key |
//!
//! The key is the stream's uuid and not the product's id, because most events of a product do not tell its id.
//!
//! # Costs
//! The view of a product is below 1 KB. Registering one takes 2 write units (the table and one index), and so does a
//! later change: no key of an index changes.

mod list;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, CorruptItem, Item, MAX_SORT_KEY_BYTES, Table, check_size, number, text};
use es_core::{Applied, StreamId, StreamVersion, Timestamp, Unwritable, Versioned, ViewWriter, WriteError};
use serde::Serialize;
use view_store::{ItemKey, ReadError, VERSION, ViewUpdate, read_view, write_view};

use crate::orders::{ORDER_KEY, STATUS_KEY};

pub use list::{ProductCursor, ProductPage};

/// The partition of the index `by_status` that lists the products. One is enough, because products change seldom; its
/// number leaves room for more, as those of the statuses have.
const LIST: &str = "product#0";

/// The views of all products in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoProductViews {
    table: Table,
}

impl DynamoProductViews {
    /// The views in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Where the checkpoint of the product in `stream` is: in its view.
    #[must_use]
    pub fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(format!("product#{}", stream.uuid()), "view")
    }

    /// The view of the product in `stream`; `None` if there is none, or none yet. One `GetItem`, half a read unit.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn get(&self, stream: &StreamId) -> Result<Option<ProductView>, ReadError> {
        let item = read_view(&self.table, stream, Self::checkpoint(stream)).await?;
        Ok(item.map_or(Ok(None), |item| ProductView::from_item(&item))?)
    }
}

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
    fn from_item(item: &AttributeMap) -> Result<Option<Self>, CorruptItem> {
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
