//! Checks API Gateway events: for any event, every method that a handler calls on the request returns a value or a
//! refusal.

use std::time::Duration;

use domain::order::{OrderDraft, OrderId};
use es_core::{Expectation, StreamVersion, Versions};
use http_api::{
    ETag, EntityTags, FieldProblem, Gateway, GatewayEvent, MAX_BODY_BYTES, MAX_WAIT_SECONDS, NoFields,
    Problem, Query, Request, ViewTag,
};
use lambda_runtime::Context;

use crate::wait;

/// The most characters of a field's name in a refusal.
const MAX_FIELD: usize = 128;

/// Uses `data` as the JSON of an event and calls every method of the request.
///
/// - A refusal has a 4xx status and names the field.
/// - A correlation id has 1 to 128 visible ASCII characters, because it becomes a header.
/// - An expected version is one of the tags in `If-Match`.
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
    if let Some(Expectation::Version { one_of: Some(Versions::Listed(versions)), .. }) =
        answer(request.expectation())
    {
        let given = answer(request.header("If-Match")).flatten().unwrap();
        for version in versions {
            let is_given =
                given.contains(&ETag(version).to_string()) || given.contains(&format!("\"{version}."));
            assert!(is_given, "{given} does not contain {version}");
        }
    }
    answer(request.expects_nothing_there());
    answer(request.refuse_preconditions("send no precondition"));
    answer(request.given_key());
    let wait = answer(request.wait());
    assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(MAX_WAIT_SECONDS)));
    if let Some(copies) = answer(request.copies()).flatten().filter(|copies| *copies != EntityTags::All) {
        let given = answer(request.header("If-None-Match")).flatten().unwrap();
        let tag = ViewTag::new(StreamVersion::new(3), "{}");
        assert_eq!(copies.contain(&tag), given.contains(&tag.to_string()), "{given} and {tag}");
    }
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
