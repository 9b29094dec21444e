//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, ViewWriter};
use http_api::GatewayEvent;
use queries::get_order::handle;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, signed_in};
use tokio::time::Duration;
use uuid::{Uuid, uuid};
use views::DynamoOrderViews;

use crate::{CLERK, opened, request};

/// The order that the samples ask for.
const ORDER: Uuid = uuid!("88ff29da-5d15-5579-bbe9-31669f7d4774");

async fn views() -> (LocalDynamoDb, DynamoOrderViews) {
    let dynamodb = LocalDynamoDb::start().await;
    let views = DynamoOrderViews::new(dynamodb.client(), dynamodb.query_table().await);
    dynamodb.recorder().clear();
    (dynamodb, views)
}

async fn get(views: &DynamoOrderViews, event: GatewayEvent) -> Answered {
    Answered::from(handle(views, &request(event)).await)
}

/// Moves the order's view from version `from` to version `to`.
async fn project(views: &DynamoOrderViews, from: u64, to: u64) {
    let change = opened(ORDER, "user-0042", "shipped", &Vec::new(), 10_237, Timestamp::MIN);
    let stream = StreamId::new(Category::new("order"), ORDER);
    let applied = views.apply(&stream, &change, StreamVersion::new(from), StreamVersion::new(to)).await;
    assert_eq!(applied.ok(), Some(Applied::Written));
}

#[tokio::test]
async fn every_sample_finds_its_order_with_one_request() {
    let (dynamodb, views) = views().await;
    project(&views, 0, 3).await;
    let get = async |event| get(&views, event).await;
    crate::assert_found_with_one_request("get-order", &dynamodb, get).await;
}

#[tokio::test]
async fn an_unknown_order_is_not_found() {
    let (_dynamodb, views) = views().await;
    let answered = get(&views, sample("get-order", "get")).await;
    assert_eq!((answered.status, answered.header("retry-after")), (404, ""));
}

#[tokio::test]
async fn a_wait_ends_when_the_view_reaches_the_version() {
    let (dynamodb, views) = views().await;
    project(&views, 0, 2).await;
    let request = request(sample("get-order", "min-version"));
    let waiting = handle(&views, &request);
    let projected = async {
        while dynamodb.recorder().count("GetItem") < 2 {
            tokio::task::yield_now().await;
        }
        project(&views, 2, 3).await;
    };
    let (response, ()) = tokio::join!(waiting, projected);
    let answered = Answered::from(response);
    assert_eq!((answered.status, &answered.body["version"]), (200, &json!(3)));
    assert_eq!(answered.header("retry-after"), "");
}

#[tokio::test]
async fn a_wait_that_times_out_returns_the_old_view_and_retry_after() {
    let (_dynamodb, views) = views().await;
    let impatient = || {
        let mut event = sample("get-order", "min-version");
        event.payload.headers.remove("prefer");
        event
    };
    let missing = get(&views, impatient()).await;
    assert_eq!((missing.status, missing.header("retry-after")), (404, "1"));
    project(&views, 0, 2).await;
    let early = get(&views, impatient()).await;
    assert_eq!((early.status, early.header("retry-after")), (200, "1"));
    assert_eq!(early.body["version"], 2);
    assert!(early.header("etag").starts_with("\"2."), "{}", early.header("etag"));
}

#[tokio::test]
async fn a_failing_table_gives_a_problem_without_detail() {
    let dynamodb = LocalDynamoDb::start().await;
    let nowhere = DynamoOrderViews::new(dynamodb.client(), "no-such-table");
    let event = sample("get-order", "get");
    let answer = tokio::time::timeout(Duration::from_secs(20), handle(&nowhere, &request(event))).await;
    let answered = Answered::from(answer.unwrap());
    assert_eq!((answered.status, answered.body.get("detail")), (500, None));
}

#[tokio::test]
async fn another_customers_order_is_not_found() {
    let (_dynamodb, views) = views().await;
    let get = async |event| get(&views, event).await;
    let stranger = |event| signed_in(event, "user-0007", "orders:read orders:write");
    let absent = get(stranger(sample("get-order", "get"))).await;
    project(&views, 0, 3).await;
    let foreign = get(stranger(sample("get-order", "get"))).await;
    assert_eq!((foreign.status, &foreign.body), (404, &absent.body));
    assert_eq!(get(stranger(sample("get-order", "if-none-match"))).await.status, 404);
    for scope in ["orders:admin", "orders:fulfil"] {
        let staff = get(signed_in(sample("get-order", "get"), "operator-0001", scope)).await;
        assert_eq!((staff.status, &staff.body["user_id"]), (200, &json!("user-0042")), "{scope}");
        assert_eq!(staff.body["confirmed_by"], CLERK, "{scope}");
    }
}

#[tokio::test]
async fn only_the_staff_sees_who_confirmed_an_order() {
    let (_dynamodb, views) = views().await;
    project(&views, 0, 3).await;
    let answered = async |scope| get(&views, signed_in(sample("get-order", "get"), "user-0042", scope)).await;
    let (customer, clerk) = (answered("orders:read orders:write").await, answered("orders:fulfil").await);
    assert_eq!((customer.status, customer.body.get("confirmed_by")), (200, None));
    assert_eq!(clerk.body["confirmed_by"], CLERK);
    assert_ne!(customer.header("etag"), clerk.header("etag"), "two bodies must not have the same tag");
}

/// A caller that waits for another customer's order must wait as long as for an unknown id.
#[tokio::test]
async fn a_wait_does_not_reveal_that_an_order_exists() {
    let (dynamodb, views) = views().await;
    project(&views, 0, 3).await;
    let mut event = signed_in(sample("get-order", "min-version"), "user-0007", "orders:read");
    event.payload.headers.insert("prefer", "wait=1".parse().unwrap());
    let answered = get(&views, event).await;
    assert_eq!((answered.status, answered.header("retry-after")), (404, "1"));
    assert!(dynamodb.recorder().count("GetItem") > 1, "the handler did not wait");
}

#[tokio::test]
async fn an_anonymous_caller_is_refused_without_a_read() {
    let (dynamodb, views) = views().await;
    let answered = get(&views, anonymous(sample("get-order", "get"))).await;
    let problem = json!("urn:cqrs-ecommerce:problem:unauthenticated");
    assert_eq!((answered.status, &answered.body["type"]), (401, &problem));
    assert!(dynamodb.recorder().requests().is_empty());
}
