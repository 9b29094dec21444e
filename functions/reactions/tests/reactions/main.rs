//! Tests the reactions with events as `EventBridge` passes them to a function.
#![cfg(test)]

mod notify_customer;
