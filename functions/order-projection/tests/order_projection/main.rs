//! The order projection on real Kinesis batches, over a DynamoDB in process.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod any_delivery;
mod costs;
mod failures;
mod healing;
mod kinesis;
mod letters;
mod orders;
mod poison;
mod samples;
mod sqs;
mod world;
