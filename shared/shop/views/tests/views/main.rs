//! The read models on a DynamoDB in process: writes, reads, lists, cursors and failures, with their costs.
#![cfg(test)]

mod analytics;
mod histories;
mod orders;
mod products;
mod search;
mod support;
