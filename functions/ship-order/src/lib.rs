//! Command function: ship-order.
