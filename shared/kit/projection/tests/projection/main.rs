//! Tests of the public API with a toy domain: bank accounts.
#![expect(clippy::unwrap_used, reason = "a test fails where its setup fails")]

mod account;
mod any_delivery;
mod end_to_end;
mod failures;
mod function;
mod generations;
mod healing;
mod metrics;
mod poison;
mod replay;
mod spans;
mod sqs;
mod together;
