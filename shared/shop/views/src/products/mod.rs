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
mod view;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::StreamId;
use view_store::{ItemKey, ReadError, read_view};

pub use list::{ProductCursor, ProductPage};
pub use view::{ProductChange, ProductView};

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
