//! Checks API Gateway events: for any event, every method that a handler calls on the request returns a value or a
//! refusal.

use std::time::Duration;

use domain::order::{OrderDraft, OrderId};
use es_core::{Expectation, StreamVersion};
use http_api::{
    ETag, FieldProblem, Gateway, GatewayEvent, MAX_BODY_BYTES, MAX_WAIT_SECONDS, NoFields, Problem, Query,
    Request,
};
use lambda_runtime::Context;

use crate::wait;

/// The most characters of a field's name in a refusal.
const MAX_FIELD: usize = 128;

/// Uses `data` as the JSON of an event and calls every method of the request.
///
/// - A refusal has a 4xx status and names the field.
/// - A correlation id has 1 to 128 visible ASCII characters, because it becomes a header.
/// - An expected version equals the version in `If-Match`.
/// - A wait is never longer than the limit.
/// - Metadata have a non-empty caller, and their key converts to text and back.
/// - A body above the limit is refused, and no body is valid both as an order draft and as an empty command.
/// - An order's id has only one spelling in an address.
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
    assert!(bodies.contains(&None), "a body is both an order draft and an empty command");
    assert!(body <= MAX_BODY_BYTES || bodies == [None, None], "a body of {body} bytes was read");
    if let Some(mut query) = answer(request.query()) {
        answer(query.take::<u64>("min_version"));
        answer(query.take::<view_store::PageLimit>("limit"));
        answer(query.take::<view_store::Cursor>("cursor"));
        answer(Query::end(query));
    }
    if let Some(order) = answer(request.path::<OrderId>("id")) {
        let address = request.path::<String>("id").unwrap();
        assert_eq!(order.to_string(), address, "an order's id has a second spelling");
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

/// Returns the value, or `None` for a refusal. Checks that the refusal has a 4xx status and names an invalid field.
fn answer<T>(answer: Result<T, http_api::ApiError>) -> Option<T> {
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
