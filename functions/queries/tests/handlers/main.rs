//! The handlers on API Gateway's payloads.

mod get_analytics;
mod get_order;
mod get_order_history;
mod get_product;
mod list_orders;
mod list_products;
mod search_orders;
