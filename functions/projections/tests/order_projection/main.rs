//! The order projection on real Kinesis batches, over a DynamoDB in process.
#![expect(clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod any_delivery;
mod costs;
mod orders;
mod samples;
mod views;
mod world;
