//! Tests the views of orders.

mod cursors;
mod failures;
mod lists;
mod paging;
mod writes;
