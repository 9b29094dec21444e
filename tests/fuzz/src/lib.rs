//! What takes other people's bytes, and what it promises whatever they are.
//!
//! Each module has one function `check`, which takes any bytes and panics where a promise is broken. The fuzzer (`.ci/fuzz`)
//! looks for bytes that break one; `cargo test` holds the promises on the samples in `events/` and on the seeds in
//! `seeds/`, where what the fuzzer has found is kept.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a broken promise ends the check")]
#![expect(
    clippy::missing_panics_doc,
    reason = "a check panics where a promise is broken; that is its purpose"
)]

pub mod cursor;
mod database;
pub mod event;
mod gateway;
mod projections;
pub mod record;
pub mod request;
mod routes;
pub mod stored;
pub mod trace;
pub mod upcast;
mod wait;

/// A check that takes any bytes.
pub type Check = fn(&[u8]);

/// Every check by its name, which is that of its fuzz target and of the folder of its seeds.
pub const CHECKS: [(&str, Check); 7] = [
    ("event", event::check),
    ("request", request::check),
    ("cursor", cursor::check),
    ("record", record::check),
    ("stored", stored::check),
    ("upcast", upcast::check),
    ("trace", trace::check),
];
