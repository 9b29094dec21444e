//! The query table: one view of each order, written by its projection alone and read by the queries.
//!
//! | attribute | type | what |
//! | --- | --- | --- |
//! | pk, sk | S | `order#<order id>`, `view` |
//! | version | N | the checkpoint: the version of the last event that is in the view |
//! | `user_id`, status, `items` | S | `items` is a JSON array of `{product_id, name?, quantity, unit_price_cents}` |
//! | `total_amount_cents` | N | the sum, in minor units of currency |
//! | currency, `tracking_number`, carrier, `cancel_reason` | S | the last three only where they are known |
//! | `created_at`, `updated_at` | S | RFC 3339 in UTC, to the microsecond |
//! | `user_key` | S | `user#<user id>`: partition key of the index `by_user` |
//! | `status_key` | S | `status#<status>#<shard>`: partition key of the index `by_status` |
//! | `order_key` | S | `<created_at>#<order id>`: sort key of both indexes |
//!
//! Both indexes project every attribute, so that a list needs no read of the table. A status is spread over
//! [`STATUS_SHARDS`] partitions, for all new orders have the same one.
//!
//! `items` is one string and not a list of maps: for the few positions an order has both take the same number of
//! capacity units (a map repeats its attribute names as JSON does), and a string is written once by the projection and
//! carried by both indexes without being taken apart; on the wire a list of maps is three times as long.
//!
//! # Costs
//! A write unit is 1 KB of item; the view of an order with three items is below that. Opening an order takes 3 units
//! (the table and two indexes); a later change takes 4, because a change of `status_key` removes the index's old entry
//! and puts a new one. A read unit is 4 KB, halved because all reads here are eventually consistent: a view is behind
//! its stream anyway, and says by its version how far.

mod analytics;
mod capacity;
mod change;
mod checkpoints;
mod cursor;
mod digest;
mod error;
mod filter;
mod history;
mod item;
mod keys;
mod list;
mod merge;
mod pages;
mod parity;
mod partition;
mod pause;
mod products;
mod query;
mod reading;
mod rebuild;
mod search;
mod store;
mod view;
mod write;

pub use analytics::{
    AnalyticsChange, COUNTER_SHARDS, CurrencyProducts, DailyTotal, Day, DayRange, DynamoAnalytics,
    InvalidDay, InvalidDays, OpenedOrder, ProductTotal, Standing,
};
pub use change::OrderChange;
pub use checkpoints::{DynamoCheckpoints, Tracked};
pub use cursor::{Cursor, CursorError};
pub use error::{ListError, ReadError};
pub use filter::{InvalidLimit, OrderFilter, PageLimit, Scope};
pub use history::{DynamoHistories, HistoryChange, HistoryCursor, HistoryEvent, HistoryPage};
pub use keys::STATUS_SHARDS;
pub use list::Page;
pub use parity::{Difference, DynamoParity, Generation, ItemKey, ParityCursor, ParityPage};
pub use products::{DynamoProductViews, ProductChange, ProductCursor, ProductPage, ProductView};
pub use rebuild::{DynamoProgress, SegmentProgress, Summary};
pub use search::{
    DynamoPostings, IndexedWords, InvalidTerms, MAX_POSTINGS, PostedOrder, SearchFilter, SearchTerms,
};
pub use store::DynamoOrderViews;
pub use view::{OrderLine, OrderView};
