//! The HTTP contract, through the crate's public door.
#![cfg(test)]

mod answering;
mod callers;
mod metadata;
mod reading;
mod support;
mod telling;
