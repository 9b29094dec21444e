//! Query function: get-order.
