//! Tests of forwarding: every request reaches the backend unchanged, and no exporter waits for the backend.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use stack_telemetry::otlp::{Backend, Forwarded};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::messages::{full, request, span};
use crate::receiver::{Receiver, forwarding};

/// One request that the backend received.
struct ReceivedRequest {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// Behaviour of the test backend.
#[derive(Debug, Clone, Copy)]
enum BackendBehaviour {
    Accepts,
    Refuses,
    NeverResponds,
}

/// Starts a backend and a receiver that forwards to it. Returns the receiver and the requests that arrive at the
/// backend.
async fn backend(manner: BackendBehaviour) -> (Receiver, mpsc::UnboundedReceiver<ReceivedRequest>) {
    let (arrivals, arrived) = mpsc::unbounded_channel();
    let router =
        Router::new().fallback(take).layer(DefaultBodyLimit::disable()).with_state((manner, arrivals));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let headers = BTreeMap::from([("x-key".to_owned(), "secret".to_owned())]);
    (forwarding(Backend { url, headers }).await, arrived)
}

async fn take(
    State((manner, arrivals)): State<(BackendBehaviour, mpsc::UnboundedSender<ReceivedRequest>)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    arrivals.send(ReceivedRequest { path: uri.path().to_owned(), headers, body }).ok();
    match manner {
        BackendBehaviour::Accepts => StatusCode::OK,
        BackendBehaviour::Refuses => StatusCode::SERVICE_UNAVAILABLE,
        BackendBehaviour::NeverResponds => std::future::pending().await,
    }
}

/// Timeout that is far longer than any step of these tests.
const TIMEOUT: Duration = Duration::from_secs(30);

async fn eventually(forwarded: &Forwarded, condition: impl Fn(&Forwarded) -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !condition(forwarded) {
        assert!(Instant::now() < deadline, "{forwarded:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_request_over_http_is_forwarded_unchanged() {
    let (receiver, mut arrived) = backend(BackendBehaviour::Accepts).await;
    let body = serde_json::to_vec_pretty(&request(vec![full()])).unwrap();
    receiver.post("application/json", body.clone()).send().await.unwrap();
    let arrived = arrived.recv().await.unwrap();
    assert_eq!((arrived.path.as_str(), &arrived.body[..]), ("/base/v1/traces", &body[..]));
    assert_eq!(arrived.headers["content-type"], "application/json");
    assert_eq!(arrived.headers["x-key"], "secret");
    eventually(receiver.forwarded.as_ref().unwrap(), |forwarded| forwarded.accepted() == 1).await;
}

#[tokio::test]
async fn a_request_over_grpc_is_forwarded_over_http() {
    let (receiver, mut arrived) = backend(BackendBehaviour::Accepts).await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    client.export(request(vec![full()])).await.unwrap();
    let arrived = arrived.recv().await.unwrap();
    assert_eq!(arrived.headers["content-type"], "application/x-protobuf");
    assert_eq!(ExportTraceServiceRequest::decode(arrived.body).unwrap(), request(vec![full()]));
}

#[tokio::test]
async fn requests_that_the_backend_refuses_are_stored_and_counted() {
    let (receiver, _arrived) = backend(BackendBehaviour::Refuses).await;
    receiver.export(&request(vec![span(1, 1)])).await;
    receiver.export(&request(vec![span(1, 2)])).await;
    eventually(receiver.forwarded.as_ref().unwrap(), |forwarded| forwarded.dropped() == 2).await;
    assert_eq!(receiver.traces.spans_received(), 2);
}

/// Eleven requests of 3 MB exceed the queue's limit of 32 MB.
#[tokio::test]
async fn a_backend_that_never_responds_delays_no_exporter() {
    let (receiver, _arrived) = backend(BackendBehaviour::NeverResponds).await;
    let mut large = span(1, 1);
    large.name = "x".repeat(3_000_000);
    for trace in 1..=12 {
        large.trace_id = vec![trace; 16];
        receiver.export(&request(vec![large.clone()])).await;
    }
    let forwarded = receiver.forwarded.as_ref().unwrap();
    assert_eq!((forwarded.dropped(), forwarded.accepted()), (1, 0));
    assert_eq!(receiver.traces.spans_received(), 12);
}
