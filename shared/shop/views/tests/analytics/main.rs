//! The analytics over a DynamoDB in process: what is counted, exactly once, and at what cost.
#![expect(clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod counting;
mod days;
mod desk;
mod reading;
mod refusals;
