//! The shop's read models in the query table. Each module has the item layout, the writer and the reader of one read
//! model.
//!
//! Only its own projection writes a read model. The queries read it.

mod analytics;
mod budget;
mod currency;
mod history;
mod orders;
mod products;
mod search;

pub use analytics::{
    AnalyticsChange, AnalyticsCursor, COUNTER_SHARDS, CountedStatus, CurrencyProducts, DailyPage, DailyTotal,
    Day, DayRange, DynamoAnalytics, InvalidDay, InvalidDays, MAX_COUNTED_PRODUCTS, OpenedOrder, ProductTotal,
    ProductTotalsPage,
};
pub use history::{DynamoHistories, HistoryChange, HistoryCursor, HistoryEvent, HistoryPage};
pub use orders::{
    DynamoOrderViews, OrderFilter, OrderLine, OrderPage, OrderScope, OrderView, STATUS_SHARDS, list_orders,
};
pub use products::{DynamoProductViews, ProductCursor, ProductPage, ProductView, list_products};
pub use search::{
    DynamoPostings, IndexedWords, InvalidTerms, MAX_POSTINGS, PostedOrder, SearchChange, SearchFilter,
    SearchTerms, WordSource, search_orders,
};
