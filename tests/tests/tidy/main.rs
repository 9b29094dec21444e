//! What the compiler does not check and this project promises all the same.
#![cfg(test)]

mod alarms;
mod attributes;
mod conventions;
mod dependencies;
mod functions;
mod kit;
mod links;
mod manifests;
mod modules;
mod registry;
mod routes;
mod sources;
mod workspace;
