//! A line: a JSON object with what an event says and what it belongs to.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::time::SystemTime;

use es_core::Timestamp;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::{Level, Metadata};

use super::METRICS;
use crate::invocation;

/// Room for most lines, in bytes.
const TYPICAL_LINE: usize = 512;

/// A line that is being written: `timestamp` (RFC 3339) and `level` first, by which Lambda filters; then the ids of
/// trace, span, request and conversation; then the event's own fields.
pub(super) struct Line {
    json: Vec<u8>,
}

impl Line {
    /// The line of an event with `metadata`, up to its fields.
    pub(super) fn of(metadata: &Metadata<'_>) -> Self {
        let mut json = Vec::with_capacity(TYPICAL_LINE);
        let (now, level) = (Timestamp::from(SystemTime::now()), metadata.level());
        write!(json, r#"{{"timestamp":"{now}","level":"{level}""#).ok();
        let mut line = Self { json };
        // Where something goes wrong, it matters who says so.
        if *level != Level::INFO {
            line.member("target", metadata.target());
        }
        line.trace();
        // What an event says of itself is more exact.
        invocation::ids(|name, id| {
            if metadata.fields().field(name).is_none() {
                line.member(name, id);
            }
        });
        line
    }

    fn trace(&mut self) {
        Context::map_current(|context| {
            let span = context.span();
            let ids = span.span_context();
            if ids.is_valid() {
                write!(self.json, r#","trace_id":"{}","span_id":"{}""#, ids.trace_id(), ids.span_id()).ok();
            }
        });
    }

    /// The whole line, its end included.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.json.extend_from_slice(b"}\n");
        self.json
    }

    /// Writing to memory cannot fail, and what is written here always is JSON.
    fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        write!(self.json, r#","{name}":"#).ok();
        serde_json::to_writer(&mut self.json, value).ok();
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field.name(), value);
    }

    /// An error with everything that led to it, from the outside to the inside.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(error) = source {
            write!(text, ": {error}").ok();
            source = error.source();
        }
        self.member(field.name(), &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == METRICS {
            write!(self.json, ",{value:?}").ok();
        } else {
            self.member(field.name(), &format!("{value:?}"));
        }
    }
}
