//! The metadata that a request records in its commit.

use es_core::{Metadata, Timestamp};
use uuid::Uuid;

use crate::support::{NOW, RequestBuilder, api, post};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn metadata(sent: RequestBuilder) -> Metadata {
    sent.request().metadata().expect("the request has valid metadata")
}

#[test]
fn the_metadata_records_who_when_and_why() {
    let sent = post().header("idempotency-key", "k-1").header("traceparent", TRACEPARENT).subject("user-9");
    let metadata = metadata(sent.header("x-correlation-id", "checkout-1"));
    assert_eq!(metadata.actor, "user-9");
    assert_eq!(metadata.key.as_str(), "k-1");
    assert_eq!(metadata.traceparent.as_deref(), Some(TRACEPARENT));
    assert_eq!(
        (metadata.correlation_id.as_str(), metadata.causation_id.as_str()),
        ("checkout-1", "request-1")
    );
}

#[test]
fn missing_ids_are_replaced_with_the_request_id() {
    let metadata = metadata(post());
    assert_eq!(metadata.correlation_id, "request-1");
    assert_eq!(metadata.traceparent, None);
}

#[test]
fn the_time_and_generated_keys_come_from_the_source_of_the_api() {
    let api = api();
    let (first, second) = (post().request_of(&api), post().request_of(&api));
    let part = second.part(second.gateway().clone());
    for (number, request) in [first, second, part].iter().enumerate() {
        let metadata = request.metadata().expect("the request has valid metadata");
        assert_eq!(metadata.occurred_at, Timestamp::from_micros(NOW).expect("the time is valid"));
        assert_eq!(metadata.key.as_str(), Uuid::from_u128(number as u128).to_string());
    }
}

#[test]
fn a_quoted_key_is_the_same_key() {
    assert_eq!(
        metadata(post().header("idempotency-key", "\"k 1\"".replace(' ', "-").as_str())).key.as_str(),
        "k-1"
    );
    for key in ["", "\"\"", "two words", "ключ", &"k".repeat(256)] {
        let failure = post().header("idempotency-key", key).request().metadata().expect_err(key);
        assert_eq!(failure.problem.status(), 400, "{key}");
    }
}

#[test]
fn the_hash_distinguishes_requests_but_ignores_how_they_are_written() {
    let hash = |body: &str| metadata(post().body(body)).request_hash;
    assert_eq!(hash(r#"{"a":1,"b":[{"c":2,"d":3}]}"#), hash(r#" {"b":[{"d":3, "c":2}],"a":1} "#));
    assert_ne!(hash(r#"{"a":1}"#), hash(r#"{"a":2}"#));
    assert_ne!(hash(r#"{"a":[1,2]}"#), hash(r#"{"a":[2,1]}"#));
    assert_eq!(hash(""), hash("{}"));
}

#[test]
fn a_malformed_trace_or_correlation_never_fails_a_request() {
    let malformed = [
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "garbage",
    ];
    for header in malformed {
        assert_eq!(metadata(post().header("traceparent", header)).traceparent, None, "{header}");
    }
    assert_eq!(metadata(post().header("x-correlation-id", "two words")).correlation_id, "request-1");
    assert_eq!(metadata(post().header("x-correlation-id", &"c".repeat(129))).correlation_id, "request-1");
}
