//! The search over a DynamoDB in process: what is found, page by page, and at what cost.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

mod any_search;
mod failures;
mod pages;
mod shelf;
mod words;
