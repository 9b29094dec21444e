//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use es_core::{Applied, StreamVersion, Timestamp, ViewWriter};
use queries::look_up::handle;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples, signed_in};
use uuid::{Uuid, uuid};
use view_store::View;
use views::{DynamoWingSpanViews, WingSpanView};

use crate::request;

/// The id of the paper crane in the samples.
const ID: Uuid = uuid!("00000000-0000-5000-8000-000000000001");

/// The view of that paper crane in the query table.
fn view() -> WingSpanView {
    WingSpanView {
        paper_crane_id: ID,
        version: StreamVersion::new(1),
        owner: "user-0042".to_owned(),
        status: "folded-up".to_owned(),
        created_at: Timestamp::MIN,
        updated_at: Timestamp::MIN,
    }
}

async fn views(dynamodb: &LocalDynamoDb) -> DynamoWingSpanViews {
    let views = DynamoWingSpanViews::new(dynamodb.client(), dynamodb.query_table().await);
    let stream = format!("paper-crane-{ID}").parse().unwrap();
    let applied = views.apply(&stream, &view().whole(), StreamVersion::NONE, view().version).await;
    assert_eq!(applied.ok(), Some(Applied::Written));
    dynamodb.recorder().clear();
    views
}

#[tokio::test]
async fn every_sample_finds_its_view_with_one_request() {
    let dynamodb = LocalDynamoDb::start().await;
    let views = views(&dynamodb).await;
    for (name, event) in samples("look-up") {
        dynamodb.recorder().clear();
        let answered = Answered::from(handle(&views, &request(event)).await);
        assert!(answered.status == 200 && answered.header("etag").starts_with("\"1."), "{name}: {answered:?}");
        assert_eq!(answered.body, json!(view()), "{name}");
        assert_eq!(dynamodb.recorder().requests(), ["GetItem"], "{name}");
        assert!(dynamodb.recorder().read_units() <= 0.5, "{name}");
    }
}

#[tokio::test]
async fn only_the_owner_and_admins_find_the_view() {
    let dynamodb = LocalDynamoDb::start().await;
    let views = views(&dynamodb).await;
    let get = async |event| Answered::from(handle(&views, &request(event)).await).status;
    assert_eq!(get(signed_in(sample("look-up", "get"), "user-0815", "orders:read")).await, 404);
    assert_eq!(get(signed_in(sample("look-up", "get"), "operator-0001", "orders:admin")).await, 200);
}

#[tokio::test]
async fn a_missing_view_is_not_found() {
    let dynamodb = LocalDynamoDb::start().await;
    let empty = DynamoWingSpanViews::new(dynamodb.client(), dynamodb.query_table().await);
    assert_eq!(Answered::from(handle(&empty, &request(sample("look-up", "get"))).await).status, 404);
}
