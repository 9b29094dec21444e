//! A backend that keeps what a collector hands on: OTLP over HTTP, and X-Ray.

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

/// One that answers everything with the same status.
pub(crate) struct Backend {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// One request, its body inflated.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Backend {
    pub(crate) async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let taken = Arc::default();
        let router = Router::new().fallback(take).with_state((Arc::clone(&taken), status));
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, taken }
    }

    /// Everything so far.
    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("unpoisoned").clone()
    }
}

type Shared = (Arc<Mutex<Vec<Taken>>>, u16);

async fn take(
    State((taken, status)): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let mut inflated = body.to_vec();
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        inflated.clear();
        GzDecoder::new(&body[..]).read_to_end(&mut inflated).expect("gzip");
    }
    let request = Taken { path: uri.path().to_owned(), headers, body: inflated };
    taken.lock().expect("unpoisoned").push(request);
    // Empty for OTLP in protobuf, and X-Ray's client reads JSON only where there is some.
    (StatusCode::from_u16(status).expect("a status"), "")
}

impl Taken {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The spans in an OTLP request.
    pub(crate) fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.body[..]).expect("an OTLP request in protobuf")
    }
}

/// The segment documents in requests to X-Ray (X-Ray API reference, `PutTraceSegments`).
pub(crate) fn segments(taken: &[Taken]) -> Vec<Value> {
    let documents = taken.iter().flat_map(|request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        body["TraceSegmentDocuments"].as_array().expect("documents").clone()
    });
    documents.map(|document| serde_json::from_str(document.as_str().expect("text")).expect("JSON")).collect()
}
