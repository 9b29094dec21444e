//! Tests of the public API with views of bank accounts on a local DynamoDB.
#![cfg(test)]

mod account;
mod changes;
mod cursors;
mod emptying;
mod generations;
mod lists;
mod parity;
mod rebuild;
mod views;
