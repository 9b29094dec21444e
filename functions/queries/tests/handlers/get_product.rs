//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use http_api::GatewayEvent;
use queries::get_product::handle;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample};
use views::DynamoProductViews;

use crate::request;

/// A table with the products that the samples ask for, at version 3.
async fn views() -> (LocalDynamoDb, DynamoProductViews) {
    let product = |id| (id, "Espresso beans", 1_899, "active");
    crate::products(3, &["espresso-beans-1kg", "急須"].map(product)).await
}

async fn get(views: &DynamoProductViews, event: GatewayEvent) -> Answered {
    Answered::from(handle(views, &request(event)).await)
}

#[tokio::test]
async fn every_sample_finds_its_product_with_one_request() {
    let (dynamodb, views) = views().await;
    let get = async |event| get(&views, event).await;
    crate::assert_found_with_one_request("get-product", &dynamodb, get).await;
}

#[tokio::test]
async fn the_answer_shows_the_product() {
    let (_dynamodb, views) = views().await;
    let answered = get(&views, sample("get-product", "any-script")).await;
    let expected = json!({
        "product_id": "急須", "version": 3, "name": "Espresso beans", "unit_price_cents": 1_899,
        "currency": "EUR", "currency_decimals": 2, "status": "active",
        "created_at": "1970-01-01T00:00:00.000000Z", "updated_at": "1970-01-01T00:00:00.000000Z",
    });
    assert_eq!(answered.body, expected);
}

#[tokio::test]
async fn an_unknown_product_or_version_is_not_found() {
    let (dynamodb, empty) = crate::products(3, &[]).await;
    let missing = get(&empty, sample("get-product", "get")).await;
    assert_eq!((missing.status, missing.header("retry-after")), (404, ""));

    let mut impatient = sample("get-product", "min-version");
    impatient.payload.headers.remove("prefer");
    let early = get(&empty, impatient).await;
    assert_eq!((early.status, early.header("retry-after")), (404, "1"));

    let mut too_long = sample("get-product", "get");
    too_long.payload.path_parameters.insert("id".to_owned(), "i".repeat(129));
    dynamodb.recorder().clear();
    assert_eq!(get(&empty, too_long).await.status, 404);
    assert!(dynamodb.recorder().requests().is_empty());
}
