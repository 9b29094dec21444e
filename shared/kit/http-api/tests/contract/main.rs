//! The HTTP contract, tested through the crate's public API.
#![cfg(test)]

mod callers;
mod commands;
mod deadline;
mod headers;
mod metadata;
mod observability;
mod requests;
mod responses;
mod support;
mod waits;
