//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, ViewWriter};
use http_api::GatewayEvent;
use queries::list_orders::handle;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};
use uuid::Uuid;
use views::DynamoOrderViews;

use crate::{CLERK, blamed, opened, querying, request};

/// 2026-11-22T12:30:00Z, within the range that a sample asks for.
const NOON: i64 = 1_795_350_600_000_000;

/// A table with seven orders of the samples' customer. Every second order is shipped. Also returns the ids, newest
/// first.
async fn views() -> (LocalDynamoDb, DynamoOrderViews, Vec<String>) {
    let dynamodb = LocalDynamoDb::start().await;
    let views = DynamoOrderViews::new(dynamodb.client(), dynamodb.query_table().await);
    let mut newest_first = Vec::new();
    for number in 0_i64..7 {
        let order = Uuid::from_u128(number.unsigned_abs().into());
        let created_at = Timestamp::from_micros(NOON + number).unwrap();
        let status = if number % 2 == 0 { "shipped" } else { "pending" };
        let change = opened(order, "user-0042", status, &Vec::new(), number, created_at);
        let stream = StreamId::new(Category::new("order"), order);
        let applied = views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        assert_eq!(applied.ok(), Some(Applied::Written));
        newest_first.insert(0, order.to_string());
    }
    dynamodb.recorder().clear();
    (dynamodb, views, newest_first)
}

async fn list(views: &DynamoOrderViews, event: GatewayEvent) -> Answered {
    Answered::from(handle(views, &request(event)).await)
}

fn ids(answered: &Answered) -> Vec<&str> {
    crate::ids(answered, "order_id")
}

#[tokio::test]
async fn every_sample_lists_orders_newest_first() {
    let (_dynamodb, views, all) = views().await;
    let shipped: Vec<_> = all.iter().step_by(2).map(String::as_str).collect();
    for (name, event) in samples("list-orders") {
        let answered = list(&views, event).await;
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        let expected = match name.as_str() {
            "by-status" | "by-user-and-status" => shipped.clone(),
            "by-time-range" => all.iter().take(5).map(String::as_str).collect(),
            _ => all.iter().map(String::as_str).collect(),
        };
        assert_eq!(ids(&answered), expected, "{name}");
        assert_eq!(answered.body["next_cursor"].is_string(), name == "by-time-range", "{name}");
    }
}

#[tokio::test]
async fn a_customers_list_costs_one_query() {
    let (dynamodb, views, _) = views().await;
    list(&views, sample("list-orders", "by-user")).await;
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
}

#[tokio::test]
async fn a_cursor_leads_to_the_next_page_of_its_own_list() {
    let (_dynamodb, views, all) = views().await;
    let first = list(&views, sample("list-orders", "by-time-range")).await;
    let mut second = sample("list-orders", "by-time-range");
    let cursor = first.body["next_cursor"].as_str().unwrap_or_default();
    let query = second.payload.raw_query_string.unwrap_or_default();
    second.payload.raw_query_string = Some(format!("{query}&cursor={cursor}"));
    assert_eq!(ids(&list(&views, second).await), all[5..]);

    let foreign = querying("list-orders", "by-user", format!("user_id=user-0042&cursor={cursor}"));
    assert_eq!(blamed(&list(&views, foreign).await), (400, Some("cursor")));
}

#[tokio::test]
async fn a_customer_without_a_user_filter_sees_only_own_orders() {
    let (_dynamodb, views, all) = views().await;
    let list = async |name, subject| {
        list(&views, signed_in(sample("list-orders", name), subject, "orders:read orders:write")).await
    };
    assert_eq!(ids(&list("all", "user-0042").await), all);
    assert_eq!(ids(&list("by-status", "user-0042").await), all.iter().step_by(2).collect::<Vec<_>>());
    for name in ["all", "by-status"] {
        let stranger = list(name, "user-0007").await;
        assert_eq!((stranger.status, ids(&stranger).len()), (200, 0), "{name}");
    }
}

#[tokio::test]
async fn only_the_staff_sees_who_confirmed_the_orders() {
    let (_dynamodb, views, all) = views().await;
    for (scope, clerks) in [("orders:read", 0), ("orders:fulfil", all.len()), ("orders:admin", all.len())] {
        let page = list(&views, signed_in(sample("list-orders", "by-user"), "user-0042", scope)).await;
        assert_eq!(ids(&page), all, "{scope}");
        assert_eq!(crate::ids(&page, "confirmed_by"), vec![CLERK; clerks], "{scope}");
    }
}

#[tokio::test]
async fn another_customers_list_is_forbidden() {
    let (_dynamodb, views, all) = views().await;
    let list = async |event| list(&views, event).await;
    for name in ["by-user", "by-user-and-status"] {
        let foreign = list(signed_in(sample("list-orders", name), "user-0007", "orders:read")).await;
        assert_eq!(foreign.body["type"], "urn:cqrs-ecommerce:problem:not-yours");
        assert_eq!((foreign.status, ids(&foreign).len()), (403, 0), "{name}");
    }
    for scope in ["orders:admin", "orders:fulfil"] {
        let staff = list(signed_in(sample("list-orders", "by-user"), "operator-0001", scope)).await;
        assert_eq!(ids(&staff), all, "{scope}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_customer_is_refused() {
    let (_dynamodb, views, _) = views().await;
    let page = async |query: String, subject: &str| {
        list(&views, signed_in(querying("list-orders", "all", query), subject, "orders:read")).await
    };
    let first = page("limit=2".to_owned(), "user-0042").await;
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let next = format!("limit=2&cursor={cursor}");
    assert_eq!(ids(&page(next.clone(), "user-0042").await).len(), 2);
    assert_eq!(blamed(&page(next, "user-0007").await), (400, Some("cursor")));
}

#[tokio::test]
async fn an_anonymous_caller_gets_no_list() {
    let (dynamodb, views, _) = views().await;
    assert_eq!(list(&views, anonymous(sample("list-orders", "all"))).await.status, 401);
    assert!(dynamodb.recorder().requests().is_empty());
}
