//! API Gateway's events: whatever one says, every question that a handler asks of it has an answer.

use std::time::{Duration, UNIX_EPOCH};

use domain::order::OrderDraft;
use es_core::{Expectation, StreamVersion};
use http_api::{ETag, Gateway, GatewayEvent, MAX_BODY_BYTES, MAX_WAIT_SECONDS, NoFields, Request};
use lambda_runtime::Context;

/// Takes `data` for an event's JSON and asks it everything.
///
/// - A correlation id is short, visible ASCII, for it goes into a header.
/// - An expected version is one that its own entity tag says.
/// - Nobody waits longer than is allowed.
/// - Metadata have a caller who is somebody, and a key that reads back.
/// - A body above the limit is not read.
pub fn check(data: &[u8]) {
    let Ok(gateway) = serde_json::from_slice::<Gateway>(data) else { return };
    let body = gateway.body.as_ref().map_or(0, String::len);
    let is_plain = !gateway.is_base64_encoded;
    let mut context = Context::default();
    "request".clone_into(&mut context.request_id);
    let now = UNIX_EPOCH + Duration::from_secs(1_795_000_000);
    let request = Request::new(GatewayEvent::new(gateway, context), now);

    let correlation = request.correlation_id();
    assert!(
        (1..=128).contains(&correlation.len()) && correlation.bytes().all(|byte| byte.is_ascii_graphic())
    );
    if let Ok(Expectation::Exactly(version)) = request.expectation() {
        let given = request.header("If-Match").unwrap().trim().trim_matches('"');
        assert_eq!(given.parse(), Ok(version.get()), "{given}");
    }
    assert!(request.wait() <= Duration::from_secs(MAX_WAIT_SECONDS));
    let _: bool = request.has(ETag(StreamVersion::new(1)));
    let caller = request.caller();
    assert!(caller.as_ref().map_or(true, |caller| !caller.subject().is_empty()));
    assert!(request.admin().is_err() || caller.is_ok());
    if let Ok(metadata) = request.metadata() {
        assert_eq!(metadata.actor, caller.unwrap().subject());
        assert_eq!(String::from(metadata.key.clone()).try_into(), Ok(metadata.key));
        assert!(!is_plain || body <= MAX_BODY_BYTES);
    }
    let drafts = [request.json::<OrderDraft>().is_ok(), request.json::<NoFields>().is_ok()];
    assert!(!drafts.iter().all(|is_read| *is_read), "a draft of an order says nothing");
    if let Ok(mut query) = request.query() {
        let _: Result<Option<u64>, _> = query.take("min_version");
        let _: Result<(), _> = query.end();
    }
    let _: Result<domain::order::OrderId, _> = request.path("id");
}
