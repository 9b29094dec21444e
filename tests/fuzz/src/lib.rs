//! Checks the code that parses untrusted bytes.
//!
//! Each module has one function `check`, which takes any bytes and panics if a property does not hold. The fuzzer
//! (`.ci/fuzz`) searches for bytes that violate a property. `cargo test` runs the checks on the samples in `events/`
//! and on the seeds in `seeds/`, which include the findings of the fuzzer.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a violated property ends the check")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a check panics if a property is violated, which is its purpose"
)]

pub mod cursor;
mod database;
pub mod event;
mod gateway;
mod projections;
pub mod reaction;
pub mod record;
pub mod request;
mod routes;
pub mod stored;
pub mod trace;
pub mod upcast;
mod wait;

/// A check that takes any bytes.
pub type Check = fn(&[u8]);

/// Every check with its name. The fuzz target and the folder of seeds have the same name.
pub const CHECKS: [(&str, Check); 8] = [
    ("event", event::check),
    ("request", request::check),
    ("cursor", cursor::check),
    ("reaction", reaction::check),
    ("record", record::check),
    ("stored", stored::check),
    ("upcast", upcast::check),
    ("trace", trace::check),
];
