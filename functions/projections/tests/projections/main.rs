//! Tests every projection with Kinesis batches on an in-process DynamoDB that counts its requests.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails when its setup fails")]

mod analytics;
mod commits;
mod history;
mod life_costs;
mod lost_records;
mod orders;
mod products;
mod registry;
mod search;
mod units;
mod world;
