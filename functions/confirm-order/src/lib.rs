//! Command function: confirm-order.
