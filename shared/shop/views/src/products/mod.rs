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

use es_core::{StreamVersion, Timestamp};
use serde::Serialize;
use view_store::{Change, Field, View, Views};

use crate::orders::{ORDER_KEY, STATUS_KEY};

pub use list::{ProductCursor, ProductPage, list_products};

/// The partition of the index `by_status` that lists the products. One is enough, because products change seldom; its
/// number leaves room for more, as those of the statuses have.
const LIST: &str = "product#0";

/// The views of all products.
pub type DynamoProductViews = Views<ProductView>;

/// The view of a product. Its JSON is what a query answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, View)]
#[view(partition = "product")]
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
    #[view(opening)]
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl ProductView {
    /// `change` followed by the product's registration as `product_id`, which puts the product into the list.
    #[must_use]
    pub fn registered(change: Change<Self>, product_id: &str, at: Timestamp) -> Change<Self> {
        change
            .set(Self::PRODUCT_ID, product_id)
            .set(Self::CREATED_AT, &at)
            .set(Field::partition_key(STATUS_KEY), LIST)
            .set(Field::sort_key(ORDER_KEY), product_id)
    }
}
