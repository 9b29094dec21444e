//! Tests the redrive function on an in-process DynamoDB, with queues and a stream in memory.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails when its setup fails")]

mod catching_up;
mod dead_letters;
mod deadlines;
mod doubles;
mod held_streams;
mod listing;
mod publisher;
mod queues;
mod reading;
mod samples;
mod stream_failures;
mod trimmed;
mod world;
