//! Tests the rebuild and the comparison on an in-process DynamoDB.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails when its setup fails")]

mod building;
mod comparing;
mod crashes;
mod load;
mod restarting;
mod restoring;
mod stack;
mod switching;
mod world;
