//! The receiver's two interfaces: OTLP over HTTP (`POST /v1/traces` in protobuf or JSON) and over gRPC (the service
//! `opentelemetry.proto.collector.trace.v1.TraceService`). Both store and forward the spans in the same way.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, middleware};
use bytes::Bytes;
use futures::stream;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use stack_base::http::collect;
use stack_base::listen::LoopbackListener;
use stack_base::loopback;
use tonic::Status;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;

use super::encoding::{Encoding, ExportError, REQUEST_LIMIT, TRACES_PATH, decompressed};
use super::forward::{Export, Forwarder};
use super::message;
use super::store::TraceStore;

/// Time limit for receiving a request, and for processing a request over gRPC.
const REQUEST_TIME: Duration = Duration::from_secs(10);
/// Maximum number of concurrent gRPC requests on one connection.
const CONCURRENCY: usize = 64;

/// Processes export requests. Clones share the store and the forwarder.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    pub(super) store: TraceStore,
    pub(super) forwarder: Option<Forwarder>,
}

impl Collector {
    /// Forwards a request unchanged, if there is a backend.
    pub(super) fn forward(&self, export: impl FnOnce() -> Export) {
        if let Some(forwarder) = &self.forwarder {
            forwarder.offer(export());
        }
    }

    /// Forwards a request that arrived as a gRPC message.
    pub(super) fn forward_message(&self, request: &ExportTraceServiceRequest) {
        self.forward(|| Export {
            content_type: Encoding::Protobuf.media_type().to_owned(),
            content_encoding: None,
            body: Bytes::from(request.encode_to_vec()),
        });
    }

    /// Stores the spans of a request and returns the response.
    pub(super) fn store(&self, request: ExportTraceServiceRequest) -> ExportTraceServiceResponse {
        let (spans, rejected) = message::spans(request);
        self.store.take(spans, rejected);
        // A full success omits this field (OTLP specification, "Full Success").
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
            error_message: "an id has the wrong length or is all zero".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}

/// The receiver's routes. Only programs on this machine may call them.
pub(super) fn http_router(collector: Collector) -> Router {
    Router::new()
        .route(TRACES_PATH, post(export))
        .with_state(collector)
        .layer(middleware::from_fn(loopback::only_programs))
}

async fn export(State(collector): State<Collector>, headers: HeaderMap, body: Body) -> Response {
    let encoding = Encoding::from_headers(&headers);
    take(&collector, encoding, &headers, body).await.unwrap_or_else(|error| error.response(encoding))
}

async fn take(
    collector: &Collector,
    encoding: Option<Encoding>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ExportError> {
    let encoding = encoding.ok_or(ExportError::UnknownEncoding)?;
    let body = collect(body, REQUEST_LIMIT, REQUEST_TIME).await?;
    let request = encoding.read(decompressed(headers, body.clone())?)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    collector.forward(|| Export {
        content_type: text(CONTENT_TYPE).unwrap_or_default(),
        content_encoding: text(CONTENT_ENCODING),
        body,
    });
    let answer = collector.store(request);
    Ok(([(CONTENT_TYPE, encoding.media_type())], encoding.write(&answer)).into_response())
}

/// Serves gRPC until `stop` completes.
pub(super) async fn serve_grpc(
    listener: LoopbackListener,
    collector: Collector,
    stop: impl Future<Output = ()>,
) {
    let service = TraceServiceServer::new(Service(collector))
        .accept_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(REQUEST_LIMIT);
    let connections = stream::unfold(listener, async |listener| {
        let accepted = listener.accept().await.map(|(connection, _)| connection);
        Some((accepted, listener))
    });
    let server = Server::builder()
        .timeout(REQUEST_TIME)
        .concurrency_limit_per_connection(CONCURRENCY)
        .add_service(service)
        .serve_with_incoming_shutdown(connections, stop);
    if let Err(error) = server.await {
        tracing::error!(%error, "the OTLP receiver over gRPC failed; restart the stack");
    }
}

struct Service(Collector);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        self.0.forward_message(&request);
        Ok(tonic::Response::new(self.0.store(request)))
    }
}
