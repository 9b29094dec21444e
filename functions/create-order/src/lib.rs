//! Command function: create-order.
