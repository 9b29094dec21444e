//! Tests of the public API with views of bank accounts on a local DynamoDB.
#![cfg(test)]

mod account;
mod changes;
mod consistency;
mod counters;
mod cursors;
mod emptying;
mod folded;
mod generations;
mod lists;
mod parity;
mod reading;
mod rebuild;
mod views;
