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
//! The partition key contains the stream's UUID instead of the product's id, because most events do not contain the id.
//!
//! # Costs
//! The view of a product is smaller than 1 KB. A registration takes 2 write units (the table and one index). A later
//! change also takes 2, because the index keys never change.

mod list;

use es_core::{StreamVersion, Timestamp};
use serde::Serialize;
use view_store::{Change, Field, View, Views};

use crate::currency::with_decimals;
use crate::orders::{ORDER_KEY, STATUS_KEY};

pub use list::{ProductCursor, ProductPage, list_products};

/// The partition of the index `by_status` with the list of products. One partition is enough, because products change
/// seldom. The number in its name allows for more partitions, as for the statuses of orders.
const LIST: &str = "product#0";

/// The views of all products.
pub type DynamoProductViews = Views<ProductView>;

/// The view of a product. Its JSON is the response of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, View)]
#[view(partition = "product")]
pub struct ProductView {
    /// The id that the shop gave the product.
    pub product_id: String,
    /// The version of the last event that the view includes.
    pub version: StreamVersion,
    /// The product's name.
    pub name: String,
    /// The price of one piece, in minor units of `currency`.
    pub unit_price_cents: i64,
    /// The ISO 4217 code of the currency. The JSON also has `currency_decimals`.
    #[serde(flatten, serialize_with = "with_decimals")]
    pub currency: String,
    /// Whether the product is for sale: `active` or `discontinued`.
    pub status: String,
    /// When the product was registered.
    #[view(opening)]
    pub created_at: Timestamp,
    /// When the product changed last.
    pub updated_at: Timestamp,
}

impl ProductView {
    /// Adds the registration of the product `product_id` to `change`. This puts the product into the list.
    #[must_use]
    pub fn registered(change: Change<Self>, product_id: &str, at: Timestamp) -> Change<Self> {
        change
            .set(Self::PRODUCT_ID, product_id)
            .set(Self::CREATED_AT, &at)
            .set(Field::partition_key(STATUS_KEY), LIST)
            .set(Field::sort_key(ORDER_KEY), product_id)
    }
}
