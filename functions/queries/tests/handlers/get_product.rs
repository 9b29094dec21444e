//! The handler on API Gateway's payloads, over DynamoDB with its requests counted.

use queries::get_product::handle;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples};
use views::DynamoProductViews;

use crate::request;

/// A table with the products that the samples ask for, at version 3.
async fn views(dynamodb: &LocalDynamoDb) -> DynamoProductViews {
    let product = |id| (id, "Espresso beans", 1_899, "active");
    crate::products(dynamodb, 3, &["espresso-beans-1kg", "急須"].map(product)).await
}

#[tokio::test]
async fn every_sample_finds_its_product_with_one_request() {
    let dynamodb = LocalDynamoDb::start().await;
    let views = views(&dynamodb).await;
    for (name, event) in samples("get-product") {
        dynamodb.recorder().clear();
        let answered = Answered::from(handle(&views, &request(event)).await);
        let expected = if name == "if-none-match" { 304 } else { 200 };
        assert_eq!(answered.status, expected, "{name}: {}", answered.body);
        assert_eq!(answered.header("etag"), "\"3\"");
        assert_eq!(dynamodb.recorder().requests(), ["GetItem"]);
        assert!(dynamodb.recorder().read_units() <= 0.5);
    }
}

#[tokio::test]
async fn a_product_is_answered_as_it_is_offered() {
    let dynamodb = LocalDynamoDb::start().await;
    let answered =
        Answered::from(handle(&views(&dynamodb).await, &request(sample("get-product", "any-script"))).await);
    let expected = json!({
        "product_id": "急須", "version": 3, "name": "Espresso beans", "unit_price_cents": 1_899,
        "currency": "EUR", "status": "active",
        "created_at": "1970-01-01T00:00:00.000000Z", "updated_at": "1970-01-01T00:00:00.000000Z",
    });
    assert_eq!(answered.body, expected);
}

#[tokio::test]
async fn a_product_or_a_version_that_is_not_there_is_not_found() {
    let dynamodb = LocalDynamoDb::start().await;
    let empty = DynamoProductViews::new(dynamodb.client(), dynamodb.query_table().await);
    let missing = Answered::from(handle(&empty, &request(sample("get-product", "get"))).await);
    assert_eq!((missing.status, missing.header("retry-after")), (404, ""));

    let mut impatient = sample("get-product", "min-version");
    impatient.payload.headers.remove("prefer");
    let early = Answered::from(handle(&empty, &request(impatient)).await);
    assert_eq!((early.status, early.header("retry-after")), (404, "1"));

    let mut too_long = sample("get-product", "get");
    too_long.payload.path_parameters.insert("id".to_owned(), "i".repeat(129));
    dynamodb.recorder().clear();
    assert_eq!(Answered::from(handle(&empty, &request(too_long)).await).status, 404);
    assert!(dynamodb.recorder().requests().is_empty());
}
