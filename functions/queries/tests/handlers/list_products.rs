//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use http_api::GatewayEvent;
use queries::list_products::handle;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples};
use views::DynamoProductViews;

use crate::{blamed, querying, request};

const IDS: [&str; 5] = ["espresso-beans-1kg", "hand-grinder", "paper-filters-100", "sencha", "急須"];

/// A table with the products [`IDS`]; the sencha is discontinued.
async fn views() -> (LocalDynamoDb, DynamoProductViews) {
    let product = |id| (id, id, 1, if id == "sencha" { "discontinued" } else { "active" });
    // The products are written in reverse, because their list must not depend on the sequence of the writes.
    let mut reversed = IDS.map(product);
    reversed.reverse();
    crate::products(1, &reversed).await
}

async fn list(views: &DynamoProductViews, event: GatewayEvent) -> Answered {
    Answered::from(handle(views, &request(event)).await)
}

fn ids(answered: &Answered) -> Vec<&str> {
    crate::ids(answered, "product_id")
}

#[tokio::test]
async fn every_sample_lists_products_by_id_with_one_request() {
    let (dynamodb, views) = views().await;
    for (name, event) in samples("list-products") {
        dynamodb.recorder().clear();
        let answered = list(&views, event).await;
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        let (expected, goes_on) = match name.as_str() {
            "two" => (&IDS[..2], true),
            "next-page" => (&IDS[1..3], true),
            _ => (&IDS[..], false),
        };
        assert_eq!((ids(&answered), answered.body["next_cursor"].is_string()), (expected.to_vec(), goes_on));
        assert_eq!(dynamodb.recorder().requests(), ["Query"]);
        assert!(dynamodb.recorder().read_units() <= 0.5);
    }
}

#[tokio::test]
async fn cursors_page_through_the_whole_list() {
    let (_dynamodb, views) = views().await;
    let (mut found, mut event) = (Vec::new(), sample("list-products", "two"));
    for _ in 0..3 {
        let answered = list(&views, event).await;
        found.extend(ids(&answered).into_iter().map(ToOwned::to_owned));
        let cursor = answered.body["next_cursor"].as_str().unwrap_or_default();
        event = querying("list-products", "two", format!("limit=2&cursor={cursor}"));
    }
    assert_eq!(found, IDS);
}

#[tokio::test]
async fn an_unreadable_parameter_is_named() {
    let (dynamodb, views) = views().await;
    for (query, field) in [("limit=0", "limit"), ("cursor=AQ", "cursor"), ("status=active", "status")] {
        let refused = list(&views, querying("list-products", "first-page", query)).await;
        assert_eq!(blamed(&refused), (400, Some(field)));
    }
    assert!(dynamodb.recorder().requests().is_empty());
}
