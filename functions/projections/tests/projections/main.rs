//! Every projection on real Kinesis batches, over a DynamoDB in process with its requests counted.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod analytics;
mod commits;
mod history;
mod orders;
mod products;
mod registry;
mod search;
mod world;
