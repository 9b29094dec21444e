//! The HTTP contract, tested through the crate's public API.
#![cfg(test)]

mod answering;
mod callers;
mod metadata;
mod reading;
mod support;
mod telling;
