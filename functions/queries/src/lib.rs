//! Every query function: one handler and one binary each.

pub mod get_analytics;
pub mod get_order;
pub mod get_order_history;
pub mod get_product;
pub mod list_orders;
pub mod list_products;
pub mod search_orders;
