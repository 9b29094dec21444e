//! A batch of spans as the body of a request.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;

/// The most spans in a request.
pub const MAX_BATCH: usize = 512;

/// Some spans, encoded once however often they are sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    body: Bytes,
    spans: u64,
}

impl Request {
    /// The request with `spans` of `resource`, where there are any.
    pub(super) fn of(spans: Vec<SpanData>, resource: &ResourceAttributesWithSchema) -> Option<Self> {
        let number = spans.len() as u64;
        let resource_spans = group_spans_by_resource_and_scope(spans, resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec().into();
        (number > 0).then_some(Self { body, spans: number })
    }

    /// Its body.
    pub(super) fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// How many spans are in it.
    pub(super) const fn spans(&self) -> u64 {
        self.spans
    }
}

/// How many spans `answer` says the collector has refused; an answer that cannot be read says nothing.
pub(super) fn rejected(answer: &[u8]) -> u64 {
    let partial = ExportTraceServiceResponse::decode(answer).ok().and_then(|answer| answer.partial_success);
    partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0)
}
