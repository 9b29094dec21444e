//! Export requests for the tests.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// A request with `spans` from one instance of a function.
pub(crate) fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let resource = Resource { attributes: vec![text("service.name", "create-order")], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let group = ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![group] }
}

/// A span with the number `span` in the trace with the number `trace`.
pub(crate) fn span(trace: u8, span: u8) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![span; 8],
        name: format!("span {span}"),
        ..Span::default()
    }
}

/// A span that sets every field.
pub(crate) fn full() -> Span {
    let link = Link {
        trace_id: vec![7; 16],
        span_id: vec![8; 8],
        attributes: vec![text("why", "cause")],
        ..Link::default()
    };
    let event = Event { name: "retry".to_owned(), time_unix_nano: 1_500, ..Event::default() };
    Span {
        parent_span_id: vec![3; 8],
        kind: SpanKind::Consumer.into(),
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 1_700_000_000_000_000_000,
        attributes: vec![
            text("cqrs.side", "projection"),
            pair("count", Value::IntValue(-1)),
            pair("ratio", Value::DoubleValue(0.5)),
            pair("cold", Value::BoolValue(true)),
            pair(
                "ids",
                Value::ArrayValue(ArrayValue { values: vec![any(Value::StringValue("a".to_owned()))] }),
            ),
            pair("raw", Value::BytesValue(vec![255])),
        ],
        links: vec![link],
        events: vec![event],
        status: Some(Status { code: StatusCode::Error.into(), message: "gone".to_owned() }),
        ..span(1, 2)
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.to_owned()))
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), ..KeyValue::default() }
}

fn any(value: Value) -> AnyValue {
    AnyValue { value: Some(value) }
}
