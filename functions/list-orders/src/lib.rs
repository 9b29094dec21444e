//! Query function: list-orders.
