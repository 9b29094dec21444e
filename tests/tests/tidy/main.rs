//! What the compiler does not check and this project promises all the same.
#![cfg(test)]

mod attributes;
mod clock;
mod conventions;
mod dependencies;
mod deployment;
mod functions;
mod kit;
mod manifests;
mod modules;
mod profile;
mod registry;
mod routes;
mod samples;
mod sources;
mod workspace;
