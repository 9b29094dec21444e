//! A finished span, as the rest of the stack reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::id::{SpanId, TraceId};

/// Attributes by name.
pub type Attributes = BTreeMap<String, Value>;

/// A span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The span it is part of; none for a root.
    pub parent: Option<SpanId>,
    /// What was done.
    pub name: String,
    /// Which side of a call it is.
    pub kind: SpanKind,
    /// When it began, in nanoseconds since the epoch.
    pub start_ns: u64,
    /// When it ended, in nanoseconds since the epoch.
    pub end_ns: u64,
    /// Whether it says that it failed, and why; empty where it gives no reason.
    pub error: Option<String>,
    /// What else it says.
    pub attributes: Attributes,
    /// Spans that caused it without being its parent.
    pub links: Vec<Link>,
    /// What happened while it ran.
    pub events: Vec<Event>,
    /// What it comes from: the function and its instance.
    pub resource: Arc<Attributes>,
}

/// Which side of a call a span is (OpenTelemetry, `SpanKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// Work within a process; also what says nothing.
    Internal,
    /// Answers a request.
    Server,
    /// Makes a request.
    Client,
    /// Sends a message.
    Producer,
    /// Takes a message.
    Consumer,
}

/// A span that caused another one, possibly in another trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The trace of the cause.
    pub trace_id: TraceId,
    /// The span of the cause.
    pub span_id: SpanId,
    /// What else is said of it.
    pub attributes: Attributes,
}

/// What happened in a span at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What it was.
    pub name: String,
    /// When, in nanoseconds since the epoch.
    pub at_ns: u64,
    /// What else is said of it.
    pub attributes: Attributes,
}

impl Span {
    /// How long it took, in nanoseconds; 0 where it ends before it begins.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// An attribute that is text.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    /// The name of the service that it comes from; empty where it does not say.
    #[must_use]
    pub fn service(&self) -> &str {
        self.resource.get("service.name").and_then(Value::as_str).unwrap_or_default()
    }
}
