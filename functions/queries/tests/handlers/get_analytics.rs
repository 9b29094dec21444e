//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use es_core::{Applied, StreamVersion, ViewWriter};
use http_api::GatewayEvent;
use queries::get_analytics::handle;
use serde_json::{Value, json};
use testing::dynamodb::{Fault, LocalDynamoDb};
use testing::gateway::{Answered, sample, samples, signed_in};
use uuid::Uuid;
use views::{AnalyticsChange, CountedStatus, DynamoAnalytics, OpenedOrder, OrderLine};

use crate::{blamed, querying, request};

/// The counters of two shipped orders of 22 November 2026, one for two kettles and one for three.
async fn analytics() -> (LocalDynamoDb, DynamoAnalytics) {
    let dynamodb = LocalDynamoDb::start().await;
    let analytics = DynamoAnalytics::new(dynamodb.client(), dynamodb.query_table().await);
    for quantity in [2, 3] {
        let line =
            OrderLine { product_id: "kettle".to_owned(), name: None, quantity, unit_price_cents: 5_990 };
        let opened = OpenedOrder {
            opened_at: "2026-11-22T12:30:00Z".parse().unwrap(),
            currency: "EUR".to_owned(),
            total_amount_cents: quantity * 5_990,
            lines: vec![line],
        };
        let status = Some(CountedStatus { status: "shipped".to_owned(), is_sold: true });
        let change = AnalyticsChange { opened: Some(opened), status };
        let stream = format!("order-{}", Uuid::from_u128(quantity.unsigned_abs().into())).parse().unwrap();
        let applied = analytics.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(3)).await;
        assert_eq!(applied.unwrap(), Applied::Written);
    }
    dynamodb.recorder().clear();
    (dynamodb, analytics)
}

async fn answer(analytics: &DynamoAnalytics, event: GatewayEvent) -> Answered {
    Answered::from(handle(analytics, &request(event)).await)
}

fn expected(name: &str) -> Value {
    match name {
        "daily" => json!({"from": "2026-11-20", "to": "2026-11-22", "totals": [
            {"day": "2026-11-22", "status": "shipped", "currency": "EUR",
             "currency_decimals": 2, "orders": 2, "revenue_cents": 29_950},
        ]}),
        "products" => json!({"from": "2026-11-22", "to": "2026-11-22", "currencies": [
            {"currency": "EUR", "currency_decimals": 2, "products": [{"product_id": "kettle", "quantity": 5, "revenue_cents": 29_950}]},
        ]}),
        _ => panic!("{name} has no expectation"),
    }
}

#[tokio::test]
async fn every_sample_is_answered() {
    let (dynamodb, analytics) = analytics().await;
    for (name, event) in samples("get-analytics") {
        let answered = answer(&analytics, event).await;
        assert_eq!((answered.status, answered.body), (200, expected(&name)), "{name}");
        assert_eq!(dynamodb.recorder().requests(), ["Query"], "{name}");
        let units = dynamodb.recorder().read_units();
        assert!((units - 0.5).abs() < 0.1, "{name}: {units} units");
        dynamodb.recorder().clear();
    }
}

#[tokio::test]
async fn an_unreadable_parameter_is_named() {
    let (dynamodb, analytics) = analytics().await;
    for (name, query, field) in [
        ("daily", "", "from"),
        ("daily", "from=2026-11-22", "to"),
        ("daily", "from=2026-11-22T00:00:00Z&to=2026-11-22", "from"),
        ("daily", "from=2026-11-22&to=2026-11-21", "to"),
        ("daily", "from=2026-08-22&to=2026-11-22", "to"),
        ("daily", "from=2026-11-22&to=2026-11-22&limit=5", "limit"),
        ("daily", "from=2026-11-22&to=2026-11-22&cursor=AQ", "cursor"),
        ("products", "from=2026-11-22&to=2026-11-22&cursor=AQ", "cursor"),
        ("products", "from=2026-10-22&to=2026-11-22", "to"),
        ("products", "from=2026-11-22&to=2026-11-22&limit=0", "limit"),
        ("products", "from=2026-11-22&to=2026-11-22&by=name", "by"),
    ] {
        let refused = answer(&analytics, querying("get-analytics", name, query)).await;
        assert_eq!(blamed(&refused), (400, Some(field)), "{query}");
    }
    assert!(dynamodb.recorder().requests().is_empty());
}

#[tokio::test]
async fn the_longest_ranges_are_answered() {
    let (dynamodb, analytics) = analytics().await;
    for (name, from, requests) in [("daily", "2026-08-23", 1), ("products", "2026-10-23", 31)] {
        let event = querying("get-analytics", name, format!("from={from}&to=2026-11-22"));
        assert_eq!(answer(&analytics, event).await.status, 200);
        assert_eq!(dynamodb.recorder().requests().len(), requests);
        dynamodb.recorder().clear();
    }
}

#[tokio::test]
async fn only_admins_read_the_analytics() {
    let (_dynamodb, analytics) = analytics().await;
    for name in ["daily", "products"] {
        for (scope, status) in
            [("orders:read orders:write", 403), ("orders:fulfil", 403), ("orders:read orders:admin", 200)]
        {
            let event = signed_in(sample("get-analytics", name), "user-0042", scope);
            assert_eq!(answer(&analytics, event).await.status, status, "{name} {scope}");
        }
    }
}

#[tokio::test]
async fn another_path_gets_404_and_a_throttled_table_503() {
    let (dynamodb, analytics) = analytics().await;
    let mut event = sample("get-analytics", "daily");
    event.payload.raw_path = Some("/queries/analytics/hourly".to_owned());
    assert_eq!(answer(&analytics, event).await.status, 404);
    dynamodb.faults().script([Fault::Throttled]);
    assert_eq!(answer(&analytics, sample("get-analytics", "daily")).await.status, 503);
}
