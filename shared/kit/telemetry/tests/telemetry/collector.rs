//! A fake collector with several modes.

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

/// How the collector handles a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    /// The collector keeps the spans.
    Keep,
    /// The collector keeps no spans and responds with this status.
    Refuse(u16),
    /// The collector keeps the spans but reports this many of them as rejected.
    Reject(i64),
    /// The collector never responds.
    Hold,
}

/// What the collector has received.
#[derive(Debug, Default, Clone)]
pub(crate) struct ReceivedExports {
    pub(crate) spans: Vec<Span>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) requests: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Collector {
    pub(crate) endpoint: String,
    mode: Arc<Mutex<Mode>>,
    received: watch::Sender<ReceivedExports>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Self::serve(listener)
    }

    pub(crate) fn serve(listener: TcpListener) -> Self {
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mode = Arc::new(Mutex::new(Mode::Keep));
        let collector = Self { endpoint, mode, received: watch::Sender::new(ReceivedExports::default()) };
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    pub(crate) fn switch(&self, mode: Mode) {
        *self.mode.lock().unwrap() = mode;
    }

    pub(crate) fn received(&self) -> ReceivedExports {
        self.received.borrow().clone()
    }

    /// Waits until the collector has received `number` spans, and returns everything that it has received.
    pub(crate) async fn spans(&self, number: usize) -> ReceivedExports {
        let mut received = self.received.subscribe();
        let enough = received.wait_for(|received| received.spans.len() >= number);
        patiently("span", enough).await.unwrap().clone()
    }

    /// Waits until the collector has received `number` requests, whether it kept their spans or not.
    pub(crate) async fn requests(&self, number: usize) {
        let mut received = self.received.subscribe();
        let enough = received.wait_for(|received| received.requests >= number);
        patiently("request", enough).await.unwrap();
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let mode = *collector.mode.lock().unwrap();
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    collector.received.send_modify(|received| received.requests += 1);
    let mut answer = ExportTraceServiceResponse::default();
    match mode {
        Mode::Refuse(status) => return (StatusCode::from_u16(status).unwrap(), Vec::new()),
        Mode::Hold => pending::<()>().await,
        Mode::Reject(rejected_spans) => {
            let error_message = "no room".to_owned();
            answer.partial_success = Some(ExportTracePartialSuccess { rejected_spans, error_message });
        }
        Mode::Keep => {}
    }
    collector.received.send_modify(|received| keep(received, request, headers));
    (StatusCode::OK, answer.encode_to_vec())
}

fn keep(received: &mut ReceivedExports, request: ExportTraceServiceRequest, headers: HeaderMap) {
    received.headers = headers;
    for of_resource in request.resource_spans {
        let attributes = of_resource.resource.unwrap().attributes.into_iter();
        received.resource = attributes.map(|pair| (pair.key, format!("{:?}", pair.value))).collect();
        received.spans.extend(of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
    }
}

/// An id in hexadecimal digits.
pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// Waits up to a minute for `awaited`, which usually takes milliseconds.
pub(crate) async fn patiently<T>(what: &str, awaited: impl Future<Output = T>) -> T {
    timeout(Duration::from_mins(1), awaited)
        .await
        .unwrap_or_else(|_| panic!("no {what} arrived within a minute"))
}
