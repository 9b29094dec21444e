//! Every command function: one handler and one binary each.

pub mod cancel_order;
pub mod confirm_order;
pub mod create_order;
pub mod deliver_order;
pub mod discontinue_product;
pub mod register_product;
pub mod ship_order;
pub mod submit_batch;
