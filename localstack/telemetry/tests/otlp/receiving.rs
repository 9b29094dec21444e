//! Tests of accepted requests: over HTTP in both encodings, and over gRPC, compressed or not.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use prost::Message;
use serde_json::{Value, json};
use stack_telemetry::otlp::{Link, SpanKind};
use tonic::Code;
use tonic::codec::CompressionEncoding;

use crate::messages::{full, request, span};
use crate::receiver::{media_type, protobuf, start};

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_span_is_stored_with_all_fields() {
    let receiver = start().await;
    receiver.export(&request(vec![full()])).await;
    let trace = "01010101010101010101010101010101".parse().unwrap();
    let [span] = &receiver.traces.trace(trace)[..] else { panic!("expected exactly one span") };
    assert_eq!((span.trace_id, span.span_id.to_string()), (trace, "0202020202020202".to_owned()));
    assert_eq!(span.parent.unwrap().to_string(), "0303030303030303");
    assert_eq!((span.name.as_str(), span.service()), ("span 2", "create-order"));
    assert_eq!(
        (span.kind, span.start_ns, span.end_ns),
        (SpanKind::Consumer, 1_000, 1_700_000_000_000_000_000)
    );
    assert_eq!(span.error.as_deref(), Some("gone"));
    assert_eq!(
        json!(span.attributes),
        json!({"cqrs.side": "projection", "count": -1, "ratio": 0.5, "cold": true, "ids": ["a"], "raw": "/w=="})
    );
    let [Link { trace_id, span_id, attributes }] = &span.links[..] else {
        panic!("expected exactly one link")
    };
    let link = (trace_id.to_string(), span_id.to_string(), json!(attributes));
    let (trace, span_id) = ("07070707070707070707070707070707", "0808080808080808");
    assert_eq!(link, (trace.to_owned(), span_id.to_owned(), json!({"why": "cause"})));
    assert_eq!(json!(span.events), json!([{"name": "retry", "at_ns": 1_500, "attributes": {}}]));
}

#[tokio::test]
async fn json_gives_the_same_spans_as_protobuf_and_a_json_response() {
    let receiver = start().await;
    receiver.export(&request(vec![full()])).await;
    let spans = receiver.traces.traces().concat();
    let again = start().await;
    let body = serde_json::to_vec(&request(vec![full()])).unwrap();
    let answer = again.post("application/json; charset=utf-8", body).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), media_type(&answer)), (200, "application/json".to_owned()));
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({"partialSuccess": null}));
    assert_eq!(again.traces.traces().concat(), spans);
}

/// The specification's example: hexadecimal ids, numbers as text, and an unknown field.
#[tokio::test]
async fn the_json_example_of_the_specification_is_accepted() {
    let receiver = start().await;
    let body = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
        "scopeSpans": [{"scope": {"name": "my.library"}, "spans": [{
            "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174",
            "name": "I'm a server span", "kind": 2, "from": "the future",
            "startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000",
            "attributes": [{"key": "my.span.attr", "value": {"intValue": "10"}}],
        }]}],
    }]});
    let answer = receiver.post("application/json", body.to_string().into_bytes()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let spans = receiver.traces.trace("5b8efff798038103d269b633813fc60c".parse().unwrap());
    assert_eq!(
        (spans[0].kind, spans[0].service(), spans[0].duration_ns()),
        (SpanKind::Server, "my.service", 1_000_000_000)
    );
    assert_eq!(spans[0].attributes["my.span.attr"], json!(10));
}

#[tokio::test]
async fn a_compressed_request_is_accepted() {
    let receiver = start().await;
    let body = gzip(&request(vec![span(1, 1)]).encode_to_vec());
    let post = receiver.post("application/x-protobuf", body).header("content-encoding", "gzip");
    protobuf(post.send().await.unwrap()).await;
    assert_eq!(receiver.traces.spans_received(), 1);
}

#[tokio::test]
async fn the_size_limit_applies_to_the_decompressed_body() {
    let receiver = start().await;
    let body = gzip(&vec![0; 4 * 1024 * 1024 + 1]);
    assert!(body.len() < 100_000);
    let post = receiver.post("application/x-protobuf", body).header("content-encoding", "gzip");
    assert_eq!(post.send().await.unwrap().status(), 413);
}

#[tokio::test]
async fn spans_with_an_invalid_id_are_rejected_and_the_others_stored() {
    let receiver = start().await;
    let mut parentless = span(1, 2);
    parentless.parent_span_id = vec![1; 7];
    let body = request(vec![span(1, 1), span(0, 1), span(1, 0), parentless]).encode_to_vec();
    let answer = receiver.post("application/x-protobuf", body).send().await.unwrap();
    assert_eq!(protobuf(answer).await.partial_success.unwrap().rejected_spans, 3);
    let counts = receiver.traces.counts();
    assert_eq!((counts.received, counts.rejected), (1, 3));
}

#[tokio::test]
async fn a_grpc_request_stores_the_same_spans_as_http() {
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
async fn a_compressed_grpc_request_is_accepted() {
    let receiver = start().await;
    let client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    client.send_compressed(CompressionEncoding::Gzip).export(request(vec![span(1, 1)])).await.unwrap();
    assert_eq!(receiver.traces.spans_received(), 1);
}

#[tokio::test]
async fn spans_with_an_invalid_id_are_rejected_over_grpc() {
    let receiver = start().await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    let answer = client.export(request(vec![span(0, 1), span(1, 1)])).await.unwrap();
    assert_eq!(answer.into_inner().partial_success.unwrap().rejected_spans, 1);
}

#[tokio::test]
async fn a_grpc_request_that_is_too_large_is_refused() {
    let receiver = start().await;
    let mut client = TraceServiceClient::connect(receiver.grpc()).await.unwrap();
    let mut large = span(1, 1);
    large.name = "x".repeat(4 * 1024 * 1024);
    let refused = client.export(request(vec![large])).await.unwrap_err();
    assert_eq!(refused.code(), Code::OutOfRange);
    assert_eq!(receiver.traces.spans_received(), 0);
}
