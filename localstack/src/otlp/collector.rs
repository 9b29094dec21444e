//! What happens to the spans of a request, however it came.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;

use super::encoding::Encoding;
use super::forward::{Export, Forwarder};
use super::message;
use super::store::TraceStore;

/// Takes export requests; clones share the store and the forwarder.
#[derive(Debug, Clone)]
pub(super) struct Collector {
    pub(super) store: TraceStore,
    pub(super) forwarder: Option<Forwarder>,
}

impl Collector {
    /// Hands a request on as it came.
    pub(super) fn forward(&self, export: impl FnOnce() -> Export) {
        if let Some(forwarder) = &self.forwarder {
            forwarder.offer(export());
        }
    }

    /// Hands on a request that came as a message.
    pub(super) fn forward_message(&self, request: &ExportTraceServiceRequest) {
        self.forward(|| Export {
            content_type: Encoding::Protobuf.media_type().to_owned(),
            content_encoding: None,
            body: Bytes::from(request.encode_to_vec()),
        });
    }

    /// Stores the spans of a request, and gives the answer to it.
    pub(super) fn store(&self, request: ExportTraceServiceRequest) -> ExportTraceServiceResponse {
        let (spans, rejected) = message::spans(request);
        self.store.take(spans, rejected);
        // A full success leaves the field out (OTLP specification, "Full Success").
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
            error_message: "an id is of another length than it should be, or all zero".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}
