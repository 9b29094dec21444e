//! Command function: cancel-order.
