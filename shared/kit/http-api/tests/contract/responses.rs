//! Responses and problems. A problem reveals nothing about the inside of the service.

use crate::support::{body, get, post};
use es_core::{
    DomainError, ExecutionError, HistoryError, Outcome, Refusal, StoreError, StreamVersion, Versioned,
};
use http_api::{Answer, ApiError, GatewayResponse, Problem, answer_view, respond};
use serde_json::json;

#[derive(Debug, thiserror::Error)]
#[error("the thing is broken")]
pub(crate) struct Broken(Refusal);

impl DomainError for Broken {
    fn refusal(&self) -> Refusal {
        self.0.clone()
    }
}

async fn answered(result: Result<Answer, ApiError>) -> GatewayResponse {
    let request = post().header("x-correlation-id", "c-1").request();
    respond("test", &request, async { result }).await
}

async fn failed(error: ExecutionError<Broken>) -> GatewayResponse {
    answered(Err(error.into())).await
}

fn header<'a>(response: &'a GatewayResponse, name: &str) -> Option<&'a str> {
    response.headers.get(name).map(|value| value.to_str().expect("the header is text"))
}

fn outcome(replayed: bool) -> Outcome<()> {
    Outcome { state: (), version: StreamVersion::new(2), changed: true, replayed, conflicts: 0, appended: 1 }
}

fn receipt(replayed: bool) -> Result<Answer, ApiError> {
    Answer::receipt("thing_id", &7, &outcome(replayed), |()| "new")
}

#[tokio::test]
async fn a_receipt_has_id_version_status_and_tag() {
    let response = answered(receipt(false).map(|answer| answer.created("/things/7"))).await;
    assert_eq!(response.status_code, 201);
    assert_eq!(body(&response), json!({"thing_id": "7", "version": 2, "status": "new"}));
    assert_eq!(header(&response, "etag"), Some("\"2\""));
    assert_eq!(header(&response, "location"), Some("/things/7"));
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(header(&response, "x-correlation-id"), Some("c-1"));
    assert_eq!(header(&response, "idempotent-replayed"), None);
}

#[tokio::test]
async fn a_repeated_request_gets_the_replayed_header() {
    let response = answered(receipt(true)).await;
    assert_eq!(header(&response, "idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn a_page_has_its_items_and_a_cursor_if_another_page_follows() {
    let (next, last) = (Answer::page(vec![1, 2], Some("c-3")), Answer::page(vec![3], None::<&str>));
    assert_eq!(body(&answered(next).await), json!({"items": [1, 2], "next_cursor": "c-3"}));
    assert_eq!(body(&answered(last).await), json!({"items": [3]}));
}

#[tokio::test]
async fn a_refusal_has_its_status_type_and_field() {
    let rule = failed(ExecutionError::Refused(Broken(Refusal::Rule { code: "thing-broken" }))).await;
    assert_eq!(rule.status_code, 409);
    assert_eq!(header(&rule, "content-type"), Some("application/problem+json"));
    assert_eq!(
        body(&rule),
        json!({"type": "urn:things:problem:thing-broken", "status": 409,
            "title": "The state of the resource does not allow the command",
            "detail": "the thing is broken", "request_id": "request-1"})
    );
    let field = Refusal::Invalid { field: "items[0].size".to_owned(), code: "size-odd" };
    let invalid = failed(ExecutionError::Refused(Broken(field))).await;
    assert_eq!(invalid.status_code, 422);
    let errors = json!([{"field": "items[0].size", "code": "size-odd", "detail": "the thing is broken"}]);
    assert_eq!(body(&invalid)["errors"], errors);
    assert_eq!(failed(ExecutionError::Refused(Broken(Refusal::NotFound))).await.status_code, 404);
    assert_eq!(failed(ExecutionError::Refused(Broken(Refusal::NotYours))).await.status_code, 403);
}

#[tokio::test]
async fn every_failed_execution_has_its_status() {
    let version = StreamVersion::new;
    let stale = failed(ExecutionError::Stale { actual: version(4) }).await;
    let detail = "If-Match, If-None-Match: the resource is at version 4; read the resource and decide again";
    assert_eq!((stale.status_code, body(&stale)["detail"].clone()), (412, json!(detail)));
    assert_eq!(failed(ExecutionError::KeyReused).await.status_code, 422);
    assert_eq!(failed(ExecutionError::TooLarge { bytes: 500_000, limit: 409_600 }).await.status_code, 413);
    let contended = failed(ExecutionError::Contended { attempts: 3 }).await;
    assert_eq!((contended.status_code, header(&contended, "retry-after")), (409, Some("1")));
    let throttled = failed(ExecutionError::Store(StoreError::Throttled("slow down, table-7".into()))).await;
    assert_eq!((throttled.status_code, header(&throttled, "retry-after")), (503, Some("1")));
}

#[tokio::test]
async fn no_5xx_response_reveals_the_internal_error() {
    let secret = "arn:aws:dynamodb:eu-central-1:123456789012:table/secret";
    let corrupt = StoreError::Corrupt { stream: secret.to_owned(), reason: secret.to_owned() };
    let gap = HistoryError::Gap {
        stream: "secret-00000000-0000-0000-0000-000000000000".parse().expect("the stream id is valid"),
        expected: StreamVersion::new(1),
        found: StreamVersion::new(2),
    };
    let failures = [
        ExecutionError::Store(StoreError::Throttled(secret.into())),
        ExecutionError::Store(StoreError::Unavailable(secret.into())),
        ExecutionError::Store(corrupt),
        ExecutionError::History(gap),
    ];
    for failure in failures {
        let response = failed(failure).await;
        assert!(response.status_code >= 500);
        let body = body(&response);
        assert!(!body.to_string().contains("secret"), "{body}");
        assert_eq!(body.get("detail"), None);
    }
    assert_eq!(Problem::Internal.status(), 500);
}

/// A view at version 7 with the given members.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Shown(serde_json::Value);

impl Versioned for Shown {
    fn version(&self) -> StreamVersion {
        StreamVersion::new(7)
    }
}

/// After a cut-over, the other generation may show the same version in another shape.
#[tokio::test]
async fn the_tag_of_a_view_changes_with_its_shape_at_the_same_version() {
    let answered = async |view: serde_json::Value, tags: &str| {
        let request = get().header("if-none-match", tags).request();
        let read = async || Ok(Some(Shown(view.clone())));
        respond("test", &request, answer_view(&request, read)).await
    };
    let (before, after) = (json!({"version": 7, "cents": 5}), json!({"version": 7, "balance": {"cents": 5}}));
    let first = answered(before.clone(), "\"7\"").await;
    assert_eq!((first.status_code, body(&first)), (200, before.clone()), "a receipt is no copy of a view");
    let tag = header(&first, "etag").expect("a view has a tag").to_owned();
    assert!(tag.starts_with("\"7.") && tag.len() == "\"7.0a1b2c3d\"".len(), "{tag}");
    let same = answered(before, &tag).await;
    assert_eq!(
        (same.status_code, same.body.is_none(), header(&same, "etag")),
        (304, true, Some(tag.as_str()))
    );
    let changed = answered(after.clone(), &tag).await;
    assert_eq!((changed.status_code, body(&changed)), (200, after));
    assert_ne!(header(&changed, "etag"), Some(tag.as_str()));
}
