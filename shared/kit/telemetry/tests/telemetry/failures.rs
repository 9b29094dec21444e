//! Collectors that are unavailable, slow or refuse spans. The caller never waits for them, and one warning is logged.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::collector::{Collector, Mode};
use crate::function::Function;

fn warnings(lines: &[Value]) -> Vec<&Value> {
    lines.iter().filter(|line| line["level"] == "WARN").collect()
}

fn sum(lines: &[Value], metric: &str) -> u64 {
    lines.iter().filter_map(|line| line[metric].as_u64()).sum()
}

#[tokio::test]
async fn an_unavailable_collector_causes_one_warning_and_gets_all_spans_later() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut function = Function::with_endpoint(&format!("http://{address}"), &[]).await;
    for _ in 0..20 {
        function.invoke(json!({ "spans": 2 })).await;
    }
    function.idle().await;
    let collector = Collector::serve(TcpListener::bind(address).await.unwrap());
    // After the failure, nothing is sent during a pause of at most one second.
    let mut sent = 40;
    while collector.received().requests == 0 {
        assert!(sent < 100_000, "the collector must be called again after the pause");
        function.handle(json!({ "spans": 2 })).await;
        sent += 2;
    }
    assert_eq!(collector.received().spans.len(), sent);
    function.handle(json!({})).await;
    let (lines, _) = function.end().await;
    let warnings = warnings(&lines);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    let error = warnings[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the collector cannot be reached: "), "{error}");
    assert!((1..3).contains(&sum(&lines, "ExportFailures")), "{lines:?}");
    assert_eq!(sum(&lines, "SpansDropped"), 0);
}

#[tokio::test]
async fn a_collector_that_does_not_respond_is_not_called_during_a_pause() {
    let short = [("OTEL_EXPORTER_OTLP_TIMEOUT", "50")];
    let (collector, mut function) = Function::with_collector(&short).await;
    collector.switch(Mode::Hold);
    for _ in 0..10 {
        function.handle(json!({})).await;
    }
    let requests = collector.received().requests;
    assert!(requests < 10, "the collector must not be called after each invocation");
    collector.switch(Mode::Keep);
    let (lines, _) = function.end().await;
    assert_eq!(collector.received().spans.len(), 10);
    let warnings = warnings(&lines);
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0]["error"], "the collector took longer than 50ms");
    assert_eq!(sum(&lines, "ExportFailures"), requests as u64);
}

#[tokio::test]
async fn a_collector_that_keeps_failing_causes_no_further_warning() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Refuse(503));
    function.handle(json!({})).await;
    let (lines, _) = function.end().await;
    assert_eq!(collector.received().requests, 2, "one request after the response, and one at the end");
    assert_eq!(warnings(&lines).len(), 1, "{lines:?}");
}

#[tokio::test]
async fn a_failure_after_a_recovery_causes_another_warning() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Refuse(503));
    function.handle(json!({})).await;
    collector.switch(Mode::Keep);
    let mut invocations = 1;
    while collector.received().spans.is_empty() {
        assert!(invocations < 100_000, "the collector must be called again after the pause");
        function.handle(json!({})).await;
        invocations += 1;
    }
    collector.switch(Mode::Refuse(503));
    function.handle(json!({})).await;
    let (lines, _) = function.end().await;
    assert_eq!(warnings(&lines).len(), 2, "{lines:?}");
}

/// Lambda kills the sandbox 300 ms after SIGTERM.
#[tokio::test]
async fn the_last_export_waits_less_than_an_export_after_an_invocation() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Hold);
    function.invoke(json!({})).await;
    collector.requests(1).await;
    // SIGTERM arrives during the export after the invocation.
    let (lines, status) = function.end().await;
    assert!(status.success(), "{status}");
    let warnings = warnings(&lines);
    assert_eq!(warnings.len(), 1, "{lines:?}");
    assert_eq!(warnings[0]["error"], "the collector took longer than 200ms");
}

#[tokio::test]
async fn spans_that_are_refused_permanently_are_dropped_and_counted() {
    let collector = Collector::start().await;
    for status in [400, 401, 500] {
        collector.switch(Mode::Refuse(status));
        let secret = [("OTEL_EXPORTER_OTLP_HEADERS", "x-key=open-sesame")];
        let mut function = Function::start(&collector, &secret).await;
        function.handle(json!({ "spans": 3 })).await;
        collector.switch(Mode::Keep);
        function.invoke(json!({})).await;
        let (lines, _) = function.end().await;
        assert_eq!(sum(&lines, "SpansDropped"), 3);
        let error = warnings(&lines)[0]["error"].as_str().unwrap();
        assert!(error.starts_with(&format!("the collector answered {status}")), "{error}");
        assert!(!format!("{lines:?}").contains("open-sesame"));
    }
    assert_eq!(
        collector.received().spans.len(),
        3,
        "the spans of the second invocation of each function must arrive"
    );
}

#[tokio::test]
async fn spans_of_a_batch_that_the_collector_rejects_are_counted() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    collector.switch(Mode::Reject(2));
    function.handle(json!({ "spans": 3 })).await;
    function.handle(json!({})).await;
    let (lines, _) = function.end().await;
    assert_eq!((sum(&lines, "SpansDropped"), sum(&lines, "ExportFailures")), (2, 0));
    assert_eq!(collector.received().requests, 2, "rejected spans must not be sent again");
}
