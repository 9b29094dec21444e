//! Tests of the publisher over a bus with scripted faults, an event store in memory and a local DynamoDB.
#![cfg(test)]

mod again;
mod any_delivery;
mod checkpoints;
mod event_bridge;
mod failures;
mod function;
mod metrics;
mod publishing;
mod world;
