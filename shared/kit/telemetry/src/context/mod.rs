//! The trace that an invocation belongs to: out of the headers that it comes with, into those that it leaves with.
//!
//! W3C's `traceparent` and `tracestate` are read as Trace Context, level 1, has it, stricter than the propagator of
//! `opentelemetry_sdk`, which takes one-digit versions and flags, signs, and tracestates that are to be discarded, and
//! refuses vendors of fourteen characters. A header that cannot be read is as if it were not there.

mod incoming;
mod outgoing;
mod traceparent;
mod tracestate;
mod xray;

pub use incoming::{caller_traceparent, continue_trace, link};
pub use outgoing::{inject, traceparent};

use http::header::HeaderName;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const XRAY: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What a caller's `tracestate` said, as it is handed on.
#[derive(Debug, Clone)]
struct Tracestate(String);
