//! A finished span, and the ids of traces and spans (W3C Trace Context, section 3.2).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A text or byte string that is not a valid id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have {bytes} bytes and not be all zero")]
pub struct InvalidId {
    /// Number of bytes that the id must have.
    bytes: usize,
}

/// An id of `N` bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<const N: usize>([u8; N]);

/// Id of a trace.
pub type TraceId = Id<16>;
/// Id of a span within its trace.
pub type SpanId = Id<8>;

impl<const N: usize> TryFrom<&[u8]> for Id<N> {
    type Error = InvalidId;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
        let id: [u8; N] = bytes.try_into().map_err(|_| InvalidId { bytes: N })?;
        if id.iter().all(|byte| *byte == 0) { Err(InvalidId { bytes: N }) } else { Ok(Self(id)) }
    }
}

impl<const N: usize> FromStr for Id<N> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { bytes: N };
        if text.len() != 2 * N || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid);
        }
        let byte = |place: usize| u8::from_str_radix(&text[2 * place..2 * place + 2], 16);
        let bytes: Result<Vec<u8>, _> = (0..N).map(byte).collect();
        Self::try_from(bytes.map_err(|_| invalid)?.as_slice())
    }
}

impl<const N: usize> fmt::Display for Id<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl<const N: usize> fmt::Debug for Id<N> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl<const N: usize> Serialize for Id<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Parses the ids in a `traceparent` header (W3C Trace Context, section 3.2.2); `None` if it is malformed.
#[must_use]
pub fn ids_of_traceparent(header: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = header.split('-').skip(1);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Attributes by name.
pub type Attributes = BTreeMap<String, Value>;

/// A finished span.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace that the span belongs to.
    pub trace_id: TraceId,
    /// Id of the span.
    pub span_id: SpanId,
    /// The parent span; `None` for a root.
    pub parent: Option<SpanId>,
    /// Name of the operation.
    pub name: String,
    /// Role of the span in a call.
    pub kind: SpanKind,
    /// Start time in nanoseconds since the epoch.
    pub start_ns: u64,
    /// End time in nanoseconds since the epoch.
    pub end_ns: u64,
    /// The error message if the span failed; empty if the span gives no reason.
    pub error: Option<String>,
    /// Attributes of the span.
    pub attributes: Attributes,
    /// Spans that caused this span without being its parent.
    pub links: Vec<Link>,
    /// Events during the span.
    pub events: Vec<Event>,
    /// Source of the span: the function and its instance.
    pub resource: Arc<Attributes>,
}

/// Role of a span in a call (OpenTelemetry, `SpanKind`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SpanKind {
    /// Work within a process. Also used if the kind is unspecified.
    Internal,
    /// The span handles a request.
    Server,
    /// The span makes a request.
    Client,
    /// The span sends a message.
    Producer,
    /// The span receives a message.
    Consumer,
}

/// A link to a span that caused this one, possibly in another trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The trace of the cause.
    pub trace_id: TraceId,
    /// The span of the cause.
    pub span_id: SpanId,
    /// Attributes of the link.
    pub attributes: Attributes,
}

/// An event at one moment of a span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// Name of the event.
    pub name: String,
    /// Time in nanoseconds since the epoch.
    pub at_ns: u64,
    /// Attributes of the event.
    pub attributes: Attributes,
}

impl Span {
    /// Duration in nanoseconds; 0 if the span ends before it starts.
    #[must_use]
    pub fn duration_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    /// Estimated memory of the span in bytes. The resource counts too, although the spans of one request share it.
    #[must_use]
    pub fn memory(&self) -> usize {
        let links = self.links.iter().map(|link| size_of::<Link>() + memory_of(&link.attributes));
        let event = |event: &Event| size_of::<Event>() + event.name.len() + memory_of(&event.attributes);
        let events = self.events.iter().map(event);
        let texts = self.name.len() + self.error.as_ref().map_or(0, String::len);
        let attributes = memory_of(&self.attributes) + memory_of(&self.resource);
        size_of::<Self>() + texts + attributes + links.chain(events).sum::<usize>()
    }

    /// Value of a text attribute.
    #[must_use]
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_str()
    }

    /// Name of the span's service; empty if the resource has none.
    #[must_use]
    pub fn service(&self) -> &str {
        self.resource.get("service.name").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Estimated memory of attributes in bytes: the fields and the texts.
fn memory_of(attributes: &Attributes) -> usize {
    attributes.iter().map(|(name, value)| size_of::<String>() + name.len() + memory_of_value(value)).sum()
}

fn memory_of_value(value: &Value) -> usize {
    let content = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(memory_of_value).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| size_of::<String>() + name.len() + memory_of_value(member))
            .sum(),
    };
    size_of::<Value>() + content
}

#[cfg(test)]
mod tests {
    use super::{SpanId, TraceId, ids_of_traceparent};

    #[test]
    fn an_id_parses_back_from_its_text() {
        let text = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(text.parse::<TraceId>().unwrap().to_string(), text);
    }

    #[test]
    fn an_invalid_id_is_refused() {
        for text in ["", "00f067aa0ba902", "00f067aa0ba902b7aa", "00f067aa0ba902bg", "+0f067aa0ba902b7"] {
            assert!(text.parse::<SpanId>().is_err(), "{text}");
        }
        assert!("0000000000000000".parse::<SpanId>().is_err());
        assert!("äääääääääääääääää".parse::<TraceId>().is_err());
    }

    #[test]
    fn a_traceparent_contains_trace_and_span_ids() {
        let (trace, span) =
            ids_of_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(trace.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(span.to_string(), "00f067aa0ba902b7");
        assert_eq!(ids_of_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736"), None);
    }
}
