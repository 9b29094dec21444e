//! What every read model stands on, tried with views of bank accounts on a DynamoDB in process.
#![cfg(test)]

mod account;
mod changes;
mod cursors;
mod lists;
mod parity;
mod rebuild;
mod views;
