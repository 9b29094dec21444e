//! Redriving over a DynamoDB in process, with queues and a stream in memory.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod catching_up;
mod dead_letters;
mod doubles;
mod listing;
mod samples;
mod stream_failures;
mod trimmed;
mod world;
