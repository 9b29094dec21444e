//! The rebuild and the comparison, over a DynamoDB in process.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod building;
mod comparing;
mod crashes;
mod restarting;
mod world;
