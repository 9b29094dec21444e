//! Converts messages of the protocol to spans.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1 as proto;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use serde_json::Value;

use super::span::{Attributes, Event, InvalidId, Link, Span, SpanKind};

/// Maximum nesting of a value. Deeper values become null. The protocol sets no limit.
const DEPTH: usize = 16;

/// Returns the spans of an export request, and the number of spans that were rejected because of an invalid id.
pub(super) fn spans(request: ExportTraceServiceRequest) -> (Vec<Span>, u64) {
    let (mut spans, mut rejected) = (Vec::new(), 0);
    for group in request.resource_spans {
        let resource = Arc::new(attributes(group.resource.unwrap_or_default().attributes));
        for span in group.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            match read(span, Arc::clone(&resource)) {
                Ok(span) => spans.push(span),
                Err(_) => rejected += 1,
            }
        }
    }
    (spans, rejected)
}

fn read(span: proto::Span, resource: Arc<Attributes>) -> Result<Span, InvalidId> {
    let kind = span.kind();
    Ok(Span {
        trace_id: span.trace_id.as_slice().try_into()?,
        span_id: span.span_id.as_slice().try_into()?,
        parent: if span.parent_span_id.is_empty() {
            None
        } else {
            Some(span.parent_span_id.as_slice().try_into()?)
        },
        kind: kind_of(kind),
        name: span.name,
        start_ns: span.start_time_unix_nano,
        end_ns: span.end_time_unix_nano,
        error: span.status.filter(|status| status.code() == StatusCode::Error).map(|status| status.message),
        attributes: attributes(span.attributes),
        links: span.links.into_iter().map(link).collect::<Result<_, _>>()?,
        events: span.events.into_iter().map(event).collect(),
        resource,
    })
}

fn kind_of(kind: proto::span::SpanKind) -> SpanKind {
    match kind {
        proto::span::SpanKind::Unspecified | proto::span::SpanKind::Internal => SpanKind::Internal,
        proto::span::SpanKind::Server => SpanKind::Server,
        proto::span::SpanKind::Client => SpanKind::Client,
        proto::span::SpanKind::Producer => SpanKind::Producer,
        proto::span::SpanKind::Consumer => SpanKind::Consumer,
    }
}

fn link(link: proto::span::Link) -> Result<Link, InvalidId> {
    Ok(Link {
        trace_id: link.trace_id.as_slice().try_into()?,
        span_id: link.span_id.as_slice().try_into()?,
        attributes: attributes(link.attributes),
    })
}

fn event(event: proto::span::Event) -> Event {
    Event { name: event.name, at_ns: event.time_unix_nano, attributes: attributes(event.attributes) }
}

fn attributes(pairs: Vec<KeyValue>) -> Attributes {
    members(pairs, DEPTH).collect()
}

fn members(pairs: Vec<KeyValue>, depth: usize) -> impl Iterator<Item = (String, Value)> {
    pairs.into_iter().map(move |pair| (pair.key, value(pair.value, depth)))
}

fn value(value: Option<AnyValue>, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    match value.and_then(|value| value.value) {
        // The index into a dictionary of strings is used by profiles only. Spans have no such dictionary.
        None | Some(Any::StringValueStrindex(_)) => Value::Null,
        Some(Any::StringValue(text)) => Value::String(text),
        Some(Any::BoolValue(truth)) => Value::Bool(truth),
        Some(Any::IntValue(number)) => Value::from(number),
        Some(Any::DoubleValue(number)) => Value::from(number),
        Some(Any::ArrayValue(array)) => {
            array.values.into_iter().map(|element| self::value(Some(element), depth)).collect()
        }
        Some(Any::KvlistValue(list)) => Value::Object(members(list.values, depth).collect()),
        Some(Any::BytesValue(bytes)) => Value::String(STANDARD.encode(bytes)),
    }
}
