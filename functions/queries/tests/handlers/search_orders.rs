//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use es_core::{Applied, StreamVersion, Timestamp, ViewWriter};
use queries::search_orders::handle;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples, signed_in};
use uuid::Uuid;
use views::{DynamoOrderViews, DynamoPostings, IndexedWords, OrderLine, PostedOrder, WordSource};

use crate::{blamed, opened, querying, request};

/// 2026-11-22T12:30:00Z, within the range that a sample asks for.
const NOON: i64 = 1_795_350_600_000_000;

/// A table with seven orders, and their ids, newest first. Orders with an even number are shipped and belong to
/// user-0042; the others are pending and belong to user-0043. The total of an order is ten euros times its number.
async fn views() -> (LocalDynamoDb, DynamoOrderViews, Vec<String>) {
    let dynamodb = LocalDynamoDb::start().await;
    let table = dynamodb.query_table().await;
    let views = DynamoOrderViews::new(dynamodb.client(), &table);
    let postings = DynamoPostings::new(dynamodb.client(), table);
    let mut newest_first = Vec::new();
    for number in 0_u32..7 {
        let order = Uuid::from_u128(number.into());
        let created_at = Timestamp::from_micros(NOON + i64::from(number)).unwrap();
        let user = if number % 2 == 0 { "user-0042" } else { "user-0043" };
        let lines = vec![OrderLine {
            product_id: "kettle-gooseneck".to_owned(),
            name: Some("Kettle \"Café\"".to_owned()),
            quantity: 1,
            unit_price_cents: i64::from(1_000 * number),
        }];
        let posted = PostedOrder { order, created_at };
        let words = IndexedWords::from_opening(user, &lines);
        postings.put(posted, WordSource::Opening, &words).await.unwrap();
        let status = if number % 2 == 0 { "shipped" } else { "pending" };
        let change = opened(order, user, status, &lines, i64::from(1_000 * number), created_at);
        let stream = format!("order-{order}").parse().unwrap();
        let applied = views.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(1)).await;
        assert_eq!(applied.unwrap(), Applied::Written);
        newest_first.insert(0, order.to_string());
    }
    dynamodb.recorder().clear();
    (dynamodb, views, newest_first)
}

fn ids(answered: &Answered) -> Vec<&str> {
    crate::ids(answered, "order_id")
}

async fn search(views: &DynamoOrderViews, query: &str) -> Answered {
    Answered::from(handle(views, &request(querying("search-orders", "words", query))).await)
}

#[tokio::test]
async fn every_sample_finds_its_orders_newest_first() {
    let (_dynamodb, views, all) = views().await;
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    for (name, event) in samples("search-orders") {
        let answered = Answered::from(handle(&views, &request(event)).await);
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        let expected: Vec<_> = match name.as_str() {
            "words" => all.clone(),
            "status-and-word" | "of-a-user" => all.iter().step_by(2).copied().collect(),
            "every-condition" => vec![all[2]],
            _ => panic!("{name} has no expectation"),
        };
        assert_eq!(ids(&answered), expected, "{name}");
    }
}

#[tokio::test]
async fn a_search_for_two_words_costs_three_requests_or_one_within_a_users_orders() {
    let (dynamodb, views, _) = views().await;
    handle(&views, &request(sample("search-orders", "words"))).await;
    assert_eq!(dynamodb.recorder().requests(), ["Query", "Query", "BatchGetItem"]);
    dynamodb.recorder().clear();
    handle(&views, &request(sample("search-orders", "of-a-user"))).await;
    assert_eq!(dynamodb.recorder().requests(), ["Query"]);
}

#[tokio::test]
async fn a_cursor_leads_to_the_next_page_of_its_own_search() {
    let (_dynamodb, views, all) = views().await;
    let first = search(&views, "q=kettle&limit=5").await;
    assert_eq!(ids(&first), all[..5]);
    let cursor = first.body["next_cursor"].as_str().unwrap();
    let second = search(&views, &format!("q=kettle&limit=5&cursor={cursor}")).await;
    assert_eq!((ids(&second), second.body.get("next_cursor")), (vec![&*all[5], &*all[6]], None));
    let foreign = search(&views, &format!("q=caf%C3%A9&cursor={cursor}")).await;
    assert_eq!(blamed(&foreign), (400, Some("cursor")));
}

#[tokio::test]
async fn a_customer_finds_only_own_orders_and_an_admin_all() {
    let (_dynamodb, views, all) = views().await;
    let own: Vec<_> = all.iter().step_by(2).map(String::as_str).collect();
    let search = async |sub: &str, scope: &str, query: &str| {
        let event = querying("search-orders", "words", query);
        Answered::from(handle(&views, &request(signed_in(event, sub, scope))).await)
    };
    for query in ["q=kettle", "q=kettle&user_id=user-0042"] {
        let found = search("user-0042", "orders:read", query).await;
        assert_eq!((found.status, ids(&found)), (200, own.clone()), "{query}");
    }
    let foreign = search("user-0042", "orders:read orders:write", "q=kettle&user_id=user-0043").await;
    assert_eq!(foreign.status, 403);
    assert_eq!(ids(&search("boss", "orders:admin orders:read", "q=kettle").await), all);
    assert_eq!(ids(&search("clerk", "orders:fulfil", "q=kettle").await), all);
    assert_eq!(ids(&search("boss", "orders:admin", "q=kettle&user_id=user-0042").await), own);
    let clerks = async |sub, scope| crate::ids(&search(sub, scope, "q=kettle").await, "confirmed_by").len();
    assert_eq!(
        (clerks("user-0042", "orders:read").await, clerks("clerk", "orders:fulfil").await),
        (0, all.len())
    );
}

#[tokio::test]
async fn a_currency_filters_alone_and_with_totals() {
    let (_dynamodb, views, all) = views().await;
    for (query, expected) in [
        ("q=kettle&currency=EUR", &all[..]),
        ("q=kettle&currency=JPY", &[]),
        ("q=kettle&currency=EUR&min_total=4000", &all[..3]),
        ("q=kettle&currency=JPY&min_total=4000", &[]),
        ("q=k&currency=EUR&max_total=2000", &all[4..]),
    ] {
        assert_eq!(ids(&search(&views, query).await), expected, "{query}");
    }
    let found = search(&views, "q=ke&limit=1").await;
    assert_eq!(found.body["items"][0]["currency_decimals"], 2);
}

#[tokio::test]
async fn an_unreadable_parameter_is_named() {
    let (dynamodb, views, _) = views().await;
    for (query, field) in [
        ("", "q"),
        ("status=shipped", "q"),
        ("user_id=user-0042", "q"),
        ("q=--", "q"),
        ("q=a+b+c+d+e+f+g+h+i", "q"),
        ("q=tea&status=lost", "status"),
        ("q=tea&min_total=1.5", "min_total"),
        ("q=tea&max_total=all", "max_total"),
        ("q=tea&currency=eur", "currency"),
        ("q=tea&min_total=5", "currency"),
        ("q=tea&max_total=5", "currency"),
        ("q=tea&from=soon", "from"),
        ("q=tea&limit=101", "limit"),
        ("q=", "q"),
        ("q=tea&max_total=", "max_total"),
        ("q=tea&min_total=%2B5", "min_total"),
        ("q=tea&min_total=-5", "min_total"),
        ("q=tea&to=", "to"),
        ("q=tea&words=tea", "words"),
    ] {
        assert_eq!(blamed(&search(&views, query).await), (400, Some(field)), "{query}");
    }
    assert!(dynamodb.recorder().requests().is_empty());
}
