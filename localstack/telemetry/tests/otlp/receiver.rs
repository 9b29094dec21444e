//! A running receiver with a client for it.

use std::net::{Ipv4Addr, SocketAddr};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use reqwest::{Client, RequestBuilder, Response};
use stack_base::stop::Stop;
use stack_telemetry::otlp::{self, Backend, Forwarded, Receivers, TraceLimits, TraceStore};
use tokio::net::TcpListener;

/// A receiver that runs until it is dropped.
pub(crate) struct Receiver {
    pub(crate) traces: TraceStore,
    pub(crate) forwarded: Option<Forwarded>,
    client: Client,
    http: SocketAddr,
    grpc: SocketAddr,
    _stop: Stop,
}

/// Starts a receiver with the default limits.
pub(crate) async fn start() -> Receiver {
    with(TraceLimits::default(), None).await
}

/// Starts a receiver with these limits.
pub(crate) async fn keeping(limits: TraceLimits) -> Receiver {
    with(limits, None).await
}

/// Starts a receiver that forwards to a backend.
pub(crate) async fn forwarding(backend: Backend) -> Receiver {
    with(TraceLimits::default(), Some(backend)).await
}

async fn with(limits: TraceLimits, backend: Option<Backend>) -> Receiver {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let receivers = Receivers { http: listen().await.unwrap().into(), grpc: listen().await.unwrap().into() };
    let (http, grpc) = (receivers.http.local_addr().unwrap(), receivers.grpc.local_addr().unwrap());
    let (traces, stop) = (TraceStore::new(limits), Stop::default());
    let (forwarded, _) = otlp::start(receivers, &traces, backend.as_ref(), &stop.listen()).unwrap();
    let client = stack_base::http::client(std::time::Duration::from_secs(30)).unwrap();
    Receiver { traces, forwarded, client, http, grpc, _stop: stop }
}

impl Receiver {
    /// URL for OTLP over gRPC.
    pub(crate) fn grpc(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Creates a POST request with spans.
    pub(crate) fn post(&self, media_type: &str, body: Vec<u8>) -> RequestBuilder {
        let url = format!("http://{}/v1/traces", self.http);
        self.client.post(url).header("content-type", media_type).body(body)
    }

    /// Exports in protobuf. The receiver must accept every span.
    pub(crate) async fn export(&self, request: &ExportTraceServiceRequest) {
        let answer = self.post("application/x-protobuf", request.encode_to_vec()).send().await.unwrap();
        assert_eq!(protobuf(answer).await.partial_success, None);
    }
}

/// Checks for a successful protobuf response and decodes it.
pub(crate) async fn protobuf(answer: Response) -> ExportTraceServiceResponse {
    assert_eq!((answer.status().as_u16(), media_type(&answer)), (200, "application/x-protobuf".to_owned()));
    ExportTraceServiceResponse::decode(answer.bytes().await.unwrap()).unwrap()
}

/// Media type of a response.
pub(crate) fn media_type(answer: &Response) -> String {
    answer.headers()["content-type"].to_str().unwrap().to_owned()
}
