//! Tests of reactions with a toy bank, through the public API of the crate.
#![cfg(test)]

mod any_delivery;
mod bank;
mod conflicts;
mod crashes;
mod deliveries;
mod faulty_store;
mod forgotten_keys;
mod spans;
mod unreadable;
