//! Tests the contract of a toy domain: accounts.
#![cfg(test)]

mod account;
mod codec;
mod compatibility;
mod envelope;
mod files;
mod types;
