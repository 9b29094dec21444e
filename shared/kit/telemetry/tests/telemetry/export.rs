//! Exports of spans: after the response, across freezes, and at the end.

use nix::sys::signal::Signal;
use serde_json::json;
use telemetry::{MAX_BATCH, MAX_SPANS};

use crate::collector::{Collector, Mode};
use crate::function::Function;

#[tokio::test]
async fn every_span_arrives_however_often_the_sandbox_freezes() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    for _ in 0..100 {
        function.handle(json!({ "spans": 3 })).await;
        function.signal(Signal::SIGSTOP);
        function.signal(Signal::SIGCONT);
    }
    let received = collector.received();
    assert_eq!((received.spans.len(), received.requests), (300, 100));
    let root = received.spans.iter().find(|span| span.name == "echo").unwrap();
    let parts = received.spans.iter().filter(|span| span.parent_span_id == root.span_id);
    assert_eq!(parts.filter(|part| part.trace_id == root.trace_id && part.name == "part").count(), 2);
}

#[tokio::test]
async fn the_response_does_not_wait_for_the_collector() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Hold);
    let answer = function.invoke(json!({})).await;
    // The collector has received the spans and does not respond, but the function has already responded.
    collector.requests(1).await;
    assert!(answer["traceparent"].is_string());
    assert!(collector.received().spans.is_empty());
}

#[tokio::test]
async fn an_export_has_the_functions_resource_and_the_configured_headers() {
    let headers = [("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20secret, x-team=blue")];
    let (collector, mut function) = Function::with_collector(&headers).await;
    function.invoke(json!({})).await;
    let received = collector.spans(1).await;
    assert_eq!(received.headers["x-key"], "a secret");
    assert_eq!(received.headers["x-team"], "blue");
    assert_eq!(received.headers["content-type"], "application/x-protobuf");
    let value = |name| &received.resource.iter().find(|(known, _)| known == name).expect(name).1;
    assert!(value("service.name").contains("echo-function"));
    assert!(value("service.namespace").contains("example"));
    assert!(value("faas.name").contains("echo-function"));
    assert!(value("faas.version").contains('7'));
    assert!(
        value("faas.max_memory").contains("268435456"),
        "the memory must be in bytes: {}",
        value("faas.max_memory")
    );
    assert!(value("cloud.region").contains("eu-west-1"));
}

/// The specification says that a variable of one signal overrides the general variable ("OpenTelemetry Protocol
/// Exporter", "Configuration Options").
#[tokio::test]
async fn the_headers_of_the_traces_replace_the_general_headers() {
    let headers = [
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-key=traces"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=general,x-team=blue"),
    ];
    let (collector, mut function) = Function::with_collector(&headers).await;
    function.invoke(json!({})).await;
    let received = collector.spans(1).await;
    let keys: Vec<_> = received.headers.get_all("x-key").iter().collect();
    assert_eq!(keys, ["traces"]);
    assert!(!received.headers.contains_key("x-team"));
}

#[tokio::test]
async fn spans_are_exported_uncompressed_if_a_compression_is_requested() {
    for compression in ["gzip", "zstd", "snappy"] {
        let variables = [("OTEL_EXPORTER_OTLP_COMPRESSION", compression)];
        let (collector, mut function) = Function::with_collector(&variables).await;
        function.handle(json!({})).await;
        assert!(!collector.spans(1).await.headers.contains_key("content-encoding"));
        let (lines, _) = function.end().await;
        assert_eq!(lines[0]["message"], "spans are sent uncompressed", "{compression}");
    }
}

#[tokio::test]
async fn spans_that_do_not_fit_into_the_buffer_are_dropped_and_counted() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    function.handle(json!({ "spans": MAX_SPANS + 10 })).await;
    function.handle(json!({ "spans": 1 })).await;
    let (lines, _) = function.end().await;
    assert_eq!(lines.last().unwrap()["SpansDropped"], 10);
    let received = collector.received();
    assert_eq!(received.spans.len(), MAX_SPANS + 1);
    assert_eq!(received.requests, MAX_SPANS.div_ceil(MAX_BATCH) + 1);
    let roots = received.spans.iter().filter(|span| span.name == "echo").count();
    assert_eq!(roots, 2, "the first span of each invocation must be kept");
}

#[tokio::test]
async fn spans_wait_for_the_next_invocation_if_no_time_is_left_to_export_them() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    let passed = 1_000_000_000_000;
    function.invoke_until(passed, None, json!({ "spans": 2 })).await;
    function.idle().await;
    assert_eq!(collector.received().requests, 0);
    function.handle(json!({ "spans": 1 })).await;
    assert_eq!(collector.received().spans.len(), 3);
}

/// The buffer has room for 4,096 spans. The exporter keeps a batch without an answer, of 512 spans, beside the buffer.
#[tokio::test]
async fn a_function_keeps_at_most_4_608_spans_for_a_failing_collector() {
    let patient = [("OTEL_EXPORTER_OTLP_TIMEOUT", "5000")];
    let (collector, mut function) = Function::with_collector(&patient).await;
    collector.switch(Mode::Refuse(503));
    function.handle(json!({ "spans": 512 })).await;
    function.handle(json!({ "spans": 5_000 })).await;
    collector.switch(Mode::Keep);
    // Until the pause after the failure ends, the buffer is full.
    let mut without_room = 0;
    while collector.received().spans.is_empty() {
        assert!(without_room < 100_000, "the collector must be called again after the pause");
        function.handle(json!({ "spans": 1 })).await;
        without_room += 1;
    }
    assert_eq!(collector.received().spans.len(), 4_608);
    function.handle(json!({ "spans": 1 })).await;
    let (lines, _) = function.end().await;
    let dropped: u64 = lines.iter().filter_map(|line| line["SpansDropped"].as_u64()).sum();
    let spans = collector.received().spans;
    assert_eq!((spans.len(), dropped), (4_609, 5_000 - 4_096 + without_room));
    let first = spans.iter().filter(|span| span.name == "echo").count();
    assert_eq!(first as u64, 3 + without_room, "the first span of each invocation must be kept");
}

#[tokio::test]
async fn remaining_spans_are_exported_at_the_end() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Refuse(503));
    function.handle(json!({ "spans": 5 })).await;
    assert!(collector.received().spans.is_empty());
    collector.switch(Mode::Keep);
    let (_, status) = function.end().await;
    assert!(status.success(), "{status}");
    assert_eq!(collector.received().spans.len(), 5);
}

#[tokio::test]
async fn without_an_endpoint_there_are_no_spans_and_the_function_works_as_usual() {
    let collector = Collector::start().await;
    for off in [("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_SDK_DISABLED", "True")] {
        let mut function = Function::start(&collector, &[off]).await;
        let answer = function.invoke(json!({ "spans": 3 })).await;
        assert!(answer["traceparent"].is_null());
        function.idle().await;
        let (lines, _) = function.end().await;
        assert_eq!(lines[0]["message"], "answered");
        assert!(lines[0].get("trace_id").is_none());
    }
    assert_eq!(collector.received().requests, 0);
}
