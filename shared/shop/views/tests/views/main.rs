//! Tests the read models on an in-process DynamoDB: writes, reads, lists, cursors, failures and costs.
#![cfg(test)]

mod analytics;
mod histories;
mod large_pages;
mod orders;
mod products;
mod search;
mod support;
