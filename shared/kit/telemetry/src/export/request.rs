//! A batch of spans as the body of a request to the collector.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

/// The maximum number of spans in a request.
pub const MAX_BATCH: usize = 512;

/// A batch of spans. It is encoded once, however often it is sent.
#[derive(Debug, Clone)]
pub(super) struct EncodedBatch {
    body: Bytes,
    spans: u64,
}

impl EncodedBatch {
    /// Encodes `spans` of `resource`; `None` if there are no spans.
    pub(super) fn from_spans(spans: Vec<SpanData>, resource: &ResourceAttributesWithSchema) -> Option<Self> {
        let number = spans.len() as u64;
        let resource_spans = group_spans_by_resource_and_scope(spans, resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec().into();
        (number > 0).then_some(Self { body, spans: number })
    }

    /// The encoded body.
    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The number of spans in the batch.
    pub(super) const fn spans(&self) -> u64 {
        self.spans
    }
}

/// How many spans the collector rejected according to its response `answer`; 0 if the response cannot be read.
pub(super) fn rejected(answer: &[u8]) -> u64 {
    let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0)
}
