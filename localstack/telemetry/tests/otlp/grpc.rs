//! OTLP over gRPC.

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use tonic::Code;
use tonic::codec::CompressionEncoding;

use crate::messages::{full, request, span};
use crate::receiver::start;

#[tokio::test]
async fn a_request_is_taken_as_over_http() {
    let receiver = start().await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    let answer = client.export(request(vec![full()])).await.unwrap();
    assert_eq!(answer.into_inner().partial_success, None);
    let over_grpc = receiver.traces.traces().concat();
    let again = start().await;
    again.export(&request(vec![full()])).await;
    assert_eq!(over_grpc, again.traces.traces().concat());
}

#[tokio::test]
async fn a_compressed_request_is_taken() {
    let receiver = start().await;
    let client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    client.send_compressed(CompressionEncoding::Gzip).export(request(vec![span(1, 1)])).await.unwrap();
    assert_eq!(receiver.traces.spans_received(), 1);
}

#[tokio::test]
async fn invalid_spans_are_told_apart() {
    let receiver = start().await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    let answer = client.export(request(vec![span(0, 1), span(1, 1)])).await.unwrap();
    assert_eq!(answer.into_inner().partial_success.unwrap().rejected_spans, 1);
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let receiver = start().await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    let mut large = span(1, 1);
    large.name = "x".repeat(4 * 1024 * 1024);
    let refused = client.export(request(vec![large])).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    assert_eq!(receiver.traces.spans_received(), 0);
}
