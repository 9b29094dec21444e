//! API Gateway's events: whatever one says, every question that a handler asks of it has an answer.

use std::time::Duration;

use domain::order::{OrderDraft, OrderId};
use es_core::{Expectation, StreamVersion};
use http_api::{
    ETag, FieldProblem, Gateway, GatewayEvent, MAX_BODY_BYTES, MAX_WAIT_SECONDS, NoFields, Problem, Query,
    Request,
};
use lambda_runtime::Context;

use crate::wait;

/// The most characters of a field's name that a refusal repeats.
const MAX_FIELD: usize = 128;

/// Takes `data` for an event's JSON and asks it everything.
///
/// - What is refused is refused for the caller's own fault, and names the field.
/// - A correlation id is short, visible ASCII, for it goes into a header.
/// - An expected version is one that its own entity tag says.
/// - Nobody waits longer than is allowed.
/// - Metadata have a caller who is somebody, and a key that reads back.
/// - A body above the limit is not read, and none that says something to one command says nothing to another.
/// - An order has one address.
pub fn check(data: &[u8]) {
    let Ok(gateway) = serde_json::from_slice::<Gateway>(data) else { return };
    let body = gateway.body.as_ref().filter(|_| !gateway.is_base64_encoded).map_or(0, String::len);
    let mut context = Context::default();
    "request".clone_into(&mut context.request_id);
    let request = wait::api().request(GatewayEvent::new(gateway, context));
    headers(&request);
    caller(&request);
    let bodies =
        [answer(request.json::<OrderDraft>().map(drop)), answer(request.json::<NoFields>().map(drop))];
    assert!(bodies.contains(&None), "a draft of an order says nothing");
    assert!(body <= MAX_BODY_BYTES || bodies == [None, None], "{body} bytes are read");
    if let Some(mut query) = answer(request.query()) {
        answer(query.take::<u64>("min_version"));
        answer(query.take::<view_store::PageLimit>("limit"));
        answer(query.take::<view_store::Cursor>("cursor"));
        answer(Query::end(query));
    }
    if let Some(order) = answer(request.path::<OrderId>("id")) {
        let address = request.path::<String>("id").unwrap();
        assert_eq!(order.to_string(), address, "an order at a second address");
    }
}

fn headers(request: &Request) {
    let correlation = request.correlation_id();
    let is_visible = correlation.bytes().all(|byte| byte.is_ascii_graphic());
    assert!((1..=128).contains(&correlation.len()) && is_visible, "{correlation:?}");
    if let Some(Expectation::Exactly(version)) = answer(request.expectation()) {
        let given = request.header("If-Match").unwrap().trim().trim_matches('"');
        assert_eq!(given.parse(), Ok(version.get()), "{given}");
    }
    answer(request.expects_nothing_there());
    assert!(request.wait() <= Duration::from_secs(MAX_WAIT_SECONDS));
    let _: bool = request.has(ETag(StreamVersion::new(1)));
}

fn caller(request: &Request) {
    let caller = answer(request.caller());
    assert!(caller.as_ref().is_none_or(|caller| !caller.subject().is_empty()));
    assert!(answer(request.admin()).is_none_or(|admin| admin.is_admin() && Some(admin) == caller));
    if let Some(metadata) = answer(request.metadata()) {
        assert_eq!(metadata.actor, caller.unwrap().subject());
        assert_eq!(String::from(metadata.key.clone()).try_into(), Ok(metadata.key));
    }
}

/// The answer, or `None` where there is none; that is the caller's fault then, and a fault in what it sent is named.
fn answer<T>(answer: Result<T, http_api::Failure>) -> Option<T> {
    let problem = match answer {
        Ok(answer) => return Some(answer),
        Err(failure) => failure.problem,
    };
    assert!((400..500).contains(&problem.status()), "{problem:?}");
    if let Problem::Malformed(FieldProblem { field, code, detail })
    | Problem::Invalid(FieldProblem { field, code, detail }) = &problem
    {
        assert!((1..=MAX_FIELD).contains(&field.chars().count()), "{problem:?}");
        assert!(!code.is_empty() && !detail.is_empty(), "{problem:?}");
    }
    None
}
