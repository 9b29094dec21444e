//! A fake backend that keeps the requests of a collector: OTLP over HTTP, and X-Ray.

use std::future::IntoFuture;
use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;
use tokio::net::TcpListener;

/// A backend that answers every request with the same status.
pub(crate) struct Backend {
    pub(crate) url: String,
    received: Arc<Mutex<Vec<ReceivedRequest>>>,
}

/// A request with its decompressed body.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    pub(crate) path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Backend {
    pub(crate) async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::default();
        let router = Router::new().fallback(receive).with_state((Arc::clone(&received), status));
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, received }
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<ReceivedRequest> {
        self.received.lock().expect("unpoisoned").clone()
    }
}

type Shared = (Arc<Mutex<Vec<ReceivedRequest>>>, u16);

async fn receive(
    State((received, status)): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let mut inflated = body.to_vec();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        inflated.clear();
        GzDecoder::new(&body[..]).read_to_end(&mut inflated).expect("gzip");
    }
    let request = ReceivedRequest { path: uri.path().to_owned(), headers, body: inflated };
    received.lock().expect("unpoisoned").push(request);
    // An empty body is a complete OTLP response in protobuf, and X-Ray's client accepts a response without a body.
    (StatusCode::from_u16(status).expect("a status"), "")
}

impl ReceivedRequest {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The OTLP request in the body.
    pub(crate) fn decoded(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.body[..]).expect("an OTLP request in protobuf")
    }
}

/// The segment documents in requests to X-Ray (X-Ray API reference, `PutTraceSegments`).
pub(crate) fn segments(received: &[ReceivedRequest]) -> Vec<Value> {
    let documents = received.iter().flat_map(|request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        body["TraceSegmentDocuments"].as_array().expect("documents").clone()
    });
    documents.map(|document| serde_json::from_str(document.as_str().expect("text")).expect("JSON")).collect()
}
