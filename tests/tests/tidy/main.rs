//! Checks project rules that the compiler does not check.
#![cfg(test)]

mod alarms;
mod attributes;
mod conventions;
mod dependencies;
mod functions;
mod kit;
mod links;
mod manifests;
mod metrics;
mod modules;
mod registry;
mod routes;
mod sources;
mod workspace;
