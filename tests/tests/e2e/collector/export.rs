//! Exports a span to a collector in the form that a function exports.

use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;

use crate::collector::process::Collector;

/// The trace id of the span in [`request`].
pub(crate) const TRACE: &str = "6b030fcb5b1c8a3d9e0f7a6b5c4d3e2f";
/// The span id of the span in [`request`].
pub(crate) const SPAN: &str = "53995c3f42cd8ad8";

/// Sends spans to a collector and returns the status of the response.
pub(crate) async fn export(collector: &Collector, request: &ExportTraceServiceRequest) -> u16 {
    // Only the first installation in a process succeeds. The error is ignored, because another test may be the first.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().expect("a client");
    let call = client.post(format!("{}/v1/traces", collector.url));
    let call = call.header("content-type", "application/x-protobuf").body(request.encode_to_vec());
    call.send().await.expect("an answer").status().as_u16()
}

/// An OTLP request with one span of a command.
pub(crate) fn request() -> ExportTraceServiceRequest {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").as_nanos();
    let now = u64::try_from(now).expect("before 2554");
    let span = Span {
        trace_id: bytes(TRACE),
        span_id: bytes(SPAN),
        name: "command.create_order".to_owned(),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: now - 1_000_000,
        end_time_unix_nano: now,
        attributes: vec![
            text("cqrs.side", "command"),
            text("cqrs.operation", "create"),
            text("cqrs.aggregate_id", "order-1"),
            attribute("cqrs.aggregate_version", Value::IntValue(1)),
        ],
        // The collector always forwards a status. The test compares the forwarded request with this one.
        status: Some(Status::default()),
        ..Span::default()
    };
    let resource = Resource { attributes: vec![text("service.name", "create-order")], ..Resource::default() };
    let scope = Some(InstrumentationScope::default());
    let spans = ScopeSpans { scope, spans: vec![span], ..ScopeSpans::default() };
    let resource_spans =
        ResourceSpans { resource: Some(resource), scope_spans: vec![spans], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource_spans] }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().map(|digit| digit.to_digit(16).expect("a digit")).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte")).collect()
}
