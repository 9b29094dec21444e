//! Tests the collector that the template adds to every function. The tests start it with the shipped configurations,
//! send spans and check the requests at a fake backend. `tests/collector/check` builds the collector and runs these
//! tests.

mod backend;
mod export;
mod functions;
mod process;

use serde_json::json;

use crate::collector::backend::{Backend, segments};
use crate::collector::export::{SPAN, TRACE, export, request};
use crate::collector::process::{Collector, refusal};

#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn an_otlp_backend_receives_complete_spans_and_the_header() {
    let backend = Backend::start(200).await;
    let headers = r#"{"x-api-key": "0123"}"#;
    let collector = Collector::to_otlp("otlphttp", &backend, headers).await;
    let sent = request();
    assert_eq!(export(&collector, &sent).await, 200);
    // The collector has no queue. It answers after it has sent the spans, so the backend already has the request.
    let [received] = &backend.received()[..] else { panic!("{:?}", backend.received()) };
    assert_eq!((received.path.as_str(), received.header("x-api-key")), ("/v1/traces", "0123"));
    assert_eq!(received.decoded(), sent);
}

/// The template's variable refers to a secret. The collector of this test has no provider for secrets, as that of the
/// ADOT layer, so a file stands in for the secret. The test proves that a collector resolves a reference inside a
/// variable. It does not prove that the collector of a layer has the provider `secretsmanager`.
#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn the_collector_resolves_a_reference_to_a_file_in_the_header() {
    let secret = std::env::temp_dir().join(format!("collector-secret-{}", std::process::id()));
    std::fs::write(&secret, "Bearer 0123").expect("a file");
    let backend = Backend::start(200).await;
    let headers = format!(r#"{{"authorization": "${{file:{}}}"}}"#, secret.display());
    let collector = Collector::to_otlp("otlphttp", &backend, &headers).await;
    assert_eq!(export(&collector, &request()).await, 200);
    std::fs::remove_file(&secret).expect("the file");
    assert_eq!(backend.received()[0].header("authorization"), "Bearer 0123");
}

#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn a_backend_needs_no_header() {
    let backend = Backend::start(200).await;
    let collector = Collector::to_otlp("otlphttp", &backend, "{}").await;
    assert_eq!(export(&collector, &request()).await, 200);
    assert_eq!(backend.received().len(), 1);
}

#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn x_ray_receives_a_searchable_segment() {
    let xray = Backend::start(200).await;
    let collector = Collector::to_xray(&xray).await;
    assert_eq!(export(&collector, &request()).await, 200);
    let received = xray.received();
    assert_eq!(received[0].path, "/TraceSegments");
    let [segment] = &segments(&received)[..] else { panic!("{received:?}") };
    assert_eq!(segment["trace_id"], format!("1-{}-{}", &TRACE[..8], &TRACE[8..]));
    assert_eq!((&segment["id"], &segment["name"]), (&json!(SPAN), &json!("create-order")));
    let found_by = json!({
        "cqrs.aggregate_id": "order-1",
        "cqrs.operation": "create",
        "cqrs.side": "command",
    });
    assert_eq!(segment["annotations"], found_by);
    assert_eq!(segment["metadata"]["default"]["cqrs.aggregate_version"], 1);
}

#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn refused_spans_are_not_acknowledged() {
    for status in [400, 503] {
        let backend = Backend::start(status).await;
        let otlp = Collector::to_otlp("otlphttp", &backend, "{}").await;
        assert!(export(&otlp, &request()).await >= 400, "otlphttp acknowledged spans after a {status}");
        let xray = Collector::to_xray(&backend).await;
        assert!(export(&xray, &request()).await >= 400, "awsxray acknowledged spans after a {status}");
    }
}

#[tokio::test]
#[ignore = "needs the collector: tests/collector/check"]
async fn the_batched_configuration_needs_another_layer() {
    // The collector of the ADOT layer has no processors, but this configuration uses two.
    let error = refusal("otlphttp-batched").await;
    assert!(error.contains("error decoding 'processors': unknown type:"), "{error}");
    assert!(error.contains("(valid values: [])"), "{error}");
}
