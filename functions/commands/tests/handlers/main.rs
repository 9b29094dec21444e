//! The handlers on API Gateway's payloads.

mod cancel_order;
mod confirm_order;
mod create_order;
mod create_order_catalog;
mod deliver_order;
mod discontinue_product;
mod register_product;
mod ship_order;
mod submit_batch;
