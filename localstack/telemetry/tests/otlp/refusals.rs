//! Tests of error responses: a status and `google.rpc.Status` in the encoding of the request.

use prost::Message;
use reqwest::RequestBuilder;

use crate::messages::{request, span};
use crate::receiver::{Receiver, media_type, start};

/// `google.rpc.Status` without its details.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

fn body() -> Vec<u8> {
    request(vec![span(1, 1)]).encode_to_vec()
}

async fn refused(receiver: &Receiver, post: RequestBuilder) -> u16 {
    let answer = post.send().await.unwrap();
    let status = answer.status().as_u16();
    let message = match media_type(&answer).as_str() {
        "application/x-protobuf" => Status::decode(answer.bytes().await.unwrap()).unwrap().message,
        _ => answer.json::<serde_json::Value>().await.unwrap()["message"].as_str().unwrap().to_owned(),
    };
    assert!(!message.is_empty());
    assert_eq!(receiver.traces.spans_received(), 0);
    status
}

#[tokio::test]
async fn an_undecodable_body_is_refused() {
    let receiver = start().await;
    assert_eq!(refused(&receiver, receiver.post("application/x-protobuf", vec![0xff; 9])).await, 400);
    assert_eq!(refused(&receiver, receiver.post("application/json", b"{".to_vec())).await, 400);
    let no_gzip = receiver.post("application/x-protobuf", body()).header("content-encoding", "gzip");
    assert_eq!(refused(&receiver, no_gzip).await, 400);
}

#[tokio::test]
async fn unknown_encodings_and_compressions_are_refused() {
    let receiver = start().await;
    assert_eq!(refused(&receiver, receiver.post("text/plain", body())).await, 415);
    let brotli = receiver.post("application/x-protobuf", body()).header("content-encoding", "br");
    assert_eq!(refused(&receiver, brotli).await, 415);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let receiver = start().await;
    let body = vec![0; 4 * 1024 * 1024 + 1];
    assert_eq!(refused(&receiver, receiver.post("application/x-protobuf", body)).await, 413);
}

#[tokio::test]
async fn requests_from_web_pages_are_refused() {
    let receiver = start().await;
    for (name, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let post = receiver.post("application/x-protobuf", body()).header(name, value);
        assert_eq!(post.send().await.unwrap().status(), 403, "{name}");
    }
    assert_eq!(receiver.traces.spans_received(), 0);
}
