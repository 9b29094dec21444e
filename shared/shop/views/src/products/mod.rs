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
//! The key is the stream's uuid and not the product's id, for most events of a product do not tell its id.
//!
//! # Costs
//! The view of a product is below 1 KB. Registering one takes 2 write units (the table and one index), and so does a
//! later change: no key of an index changes.

mod change;
mod cursor;
mod list;
mod store;
mod view;

pub use change::ProductChange;
pub use cursor::ProductCursor;
pub use list::ProductPage;
pub use store::DynamoProductViews;
pub use view::ProductView;
