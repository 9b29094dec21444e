//! What is the same for every projection: its dead letters and its time.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod letters;
mod sqs;
