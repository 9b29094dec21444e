//! The query table on a DynamoDB in process: writes, reads, lists, cursors and failures, with their costs.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod cursors;
mod failures;
mod histories;
mod lists;
mod paging;
mod products;
mod support;
mod writes;
