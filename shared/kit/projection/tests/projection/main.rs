//! The crate by itself, on a toy domain: accounts.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod account;
mod any_delivery;
mod failures;
mod healing;
mod poison;
mod replay;
mod sqs;
mod whole_way;
