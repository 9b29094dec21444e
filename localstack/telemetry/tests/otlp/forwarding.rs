//! Everything is handed on as it came, and nobody waits for it.

use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use stack_telemetry::otlp::Forwarded;

use crate::backend::{self, Manner};
use crate::messages::{full, request, span};
use crate::receiver::forwarding;

/// Far beyond what anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

async fn eventually(forwarded: &Forwarded, condition: impl Fn(&Forwarded) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition(forwarded) {
        assert!(Instant::now() < deadline, "{forwarded:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_request_over_http_is_handed_on_unchanged() {
    let (url, mut arrived) = backend::start(Manner::Takes).await;
    let receiver = forwarding(backend::at(&url)).await;
    let body = serde_json::to_vec_pretty(&request(vec![full()])).unwrap();
    receiver.post("application/json", body.clone()).send().await.unwrap();
    let arrived = arrived.recv().await.unwrap();
    assert_eq!((arrived.path.as_str(), &arrived.body[..]), ("/base/v1/traces", &body[..]));
    assert_eq!(arrived.headers["content-type"], "application/json");
    assert_eq!(arrived.headers["x-key"], "secret");
    eventually(receiver.forwarded.as_ref().unwrap(), |forwarded| forwarded.taken() == 1).await;
}

#[tokio::test]
async fn a_request_over_grpc_is_handed_on_over_http() {
    let (url, mut arrived) = backend::start(Manner::Takes).await;
    let receiver = forwarding(backend::at(&url)).await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    client.export(request(vec![full()])).await.unwrap();
    let arrived = arrived.recv().await.unwrap();
    assert_eq!(arrived.headers["content-type"], "application/x-protobuf");
    assert_eq!(ExportTraceServiceRequest::decode(arrived.body).unwrap(), request(vec![full()]));
}

#[tokio::test]
async fn what_the_backend_refuses_is_kept_here_and_counted() {
    let (url, _arrived) = backend::start(Manner::Refuses).await;
    let receiver = forwarding(backend::at(&url)).await;
    receiver.export(&request(vec![span(1, 1)])).await;
    receiver.export(&request(vec![span(1, 2)])).await;
    eventually(receiver.forwarded.as_ref().unwrap(), |forwarded| forwarded.dropped() == 2).await;
    assert_eq!(receiver.traces.spans_received(), 2);
}

/// Eleven requests of 3 MB are over the 32 MB that may wait.
#[tokio::test]
async fn a_backend_that_never_answers_keeps_nobody_waiting() {
    let (url, _arrived) = backend::start(Manner::NeverAnswers).await;
    let receiver = forwarding(backend::at(&url)).await;
    let mut large = span(1, 1);
    large.name = "x".repeat(3_000_000);
    for trace in 1..=12 {
        large.trace_id = vec![trace; 16];
        receiver.export(&request(vec![large.clone()])).await;
    }
    let forwarded = receiver.forwarded.as_ref().unwrap();
    assert_eq!((forwarded.dropped(), forwarded.taken()), (1, 0));
    assert_eq!(receiver.traces.spans_received(), 12);
}
