//! Tests the handler with API Gateway payloads on an in-process DynamoDB that counts its requests.

use cloudevents::event::{AttributesReader, Data, ExtensionValue};
use cloudevents::{Event, EventBuilder as _, EventBuilderV10};
use es_core::{Applied, Category, StreamId, StreamVersion, Timestamp, ViewWriter};
use event_contract::EventSchemas;
use http_api::GatewayEvent;
use queries::get_order_history::handle;
use serde_json::json;
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, sample, samples, signed_in};
use uuid::{Uuid, uuid};
use views::{DynamoHistories, HistoryChange, HistoryEvent};

use crate::{blamed, querying, request};

/// The order that the samples ask for.
const ORDER: Uuid = uuid!("88ff29da-5d15-5579-bbe9-31669f7d4774");
const TRACE: &str = "00-d2fd43904876f32ca71b97eefce8aa2d-fa35f501d1f13c0c-01";

fn event(version: u64) -> HistoryEvent {
    let mut stored = match version {
        1 => shop_testing::created(),
        2 => shop_testing::confirmed(),
        _ => shop_testing::cancelled(),
    };
    if version == 1 {
        stored.data["user_id"] = json!("user-0042");
    }
    HistoryEvent {
        version: StreamVersion::new(version),
        id: Uuid::from_u128(version.into()),
        event_type: stored.event_type,
        data: stored.data,
        at: Timestamp::MIN,
        traceparent: (version == 1).then(|| TRACE.to_owned()),
        correlation_id: "conversation".to_owned(),
        causation_id: "request".to_owned(),
    }
}

/// A history of five events.
async fn histories() -> (LocalDynamoDb, DynamoHistories) {
    let dynamodb = LocalDynamoDb::start().await;
    let histories = DynamoHistories::new(dynamodb.client(), dynamodb.query_table().await);
    let change = HistoryChange { commits: (1..=5).map(|version| vec![event(version)]).collect(), last: None };
    let stream = StreamId::new(Category::new("order"), ORDER);
    let applied = histories.apply(&stream, &change, StreamVersion::NONE, StreamVersion::new(5)).await;
    assert_eq!(applied.ok(), Some(Applied::Written));
    dynamodb.recorder().clear();
    (dynamodb, histories)
}

async fn answer(histories: &DynamoHistories, event: GatewayEvent) -> Answered {
    Answered::from(handle(histories, &request(event)).await)
}

fn sequences(answered: &Answered) -> Vec<u64> {
    let items = answered.body["items"].as_array().into_iter().flatten();
    items.filter_map(|item| item["sequence"].as_str()?.parse().ok()).collect()
}

#[tokio::test]
async fn every_sample_is_answered_with_one_or_two_requests() {
    let (dynamodb, histories) = histories().await;
    for (name, event) in samples("get-order-history") {
        dynamodb.recorder().clear();
        let answered = answer(&histories, event).await;
        assert_eq!(answered.status, 200, "{name}: {}", answered.body);
        let (expected, goes_on) = match name.as_str() {
            "two" => (1..=2, true),
            "next-page" => (3..=4, true),
            _ => (1..=5, false),
        };
        assert_eq!(sequences(&answered), expected.collect::<Vec<_>>(), "{name}");
        assert_eq!(answered.body["next_cursor"].is_string(), goes_on, "{name}");
        let mut requests = dynamodb.recorder().requests();
        requests.sort();
        let expected = if name == "next-page" { &["GetItem", "Query"][..] } else { &["Query"] };
        assert_eq!(requests, expected, "{name}");
        assert!(dynamodb.recorder().read_units() <= 1.0);
    }
}

/// The official SDK refuses an event with a missing required attribute or an attribute of the wrong type. The other
/// rules come from "`CloudEvents` 1.0.2", section "Context Attributes".
#[tokio::test]
async fn every_event_is_a_valid_cloud_event() {
    let (_dynamodb, histories) = histories().await;
    let answered = answer(&histories, sample("get-order-history", "first-page")).await;
    let items = answered.body["items"].as_array().cloned().unwrap_or_default();
    assert_eq!(items.len(), 5);
    for item in &items {
        let event: Event = serde_json::from_value(item.clone()).unwrap_or_default();
        let again = EventBuilderV10::from(event.clone()).build();
        assert_eq!(again.ok().as_ref(), Some(&event), "the SDK accepts the event");
        assert_eq!((event.source().as_str(), event.subject()), ("/orders", Some(ORDER.to_string().as_str())));
        assert_eq!(event.datacontenttype(), Some("application/json"));
        assert_eq!(event.time().map(ToString::to_string).as_deref(), Some("1970-01-01 00:00:00 UTC"));
        assert_eq!(event.data(), Some(&Data::Json(item["data"].clone())));
        for (name, _) in item.as_object().into_iter().flatten() {
            let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
            assert!(plain && name.len() <= 20, "{name}");
        }
    }
    let first: Event = serde_json::from_value(items[0].clone()).unwrap_or_default();
    assert_eq!((first.ty(), first.id()), ("OrderCreated", Uuid::from_u128(1).to_string().as_str()));
    let text = |text: &str| Some(ExtensionValue::String(text.to_owned()));
    for (name, value) in [
        ("traceparent", text(TRACE)),
        ("sequence", text("00000000000000000001")),
        ("correlationid", text("conversation")),
        ("causationid", text("request")),
    ] {
        assert_eq!(first.extension(name).cloned(), value, "{name}");
    }
    assert_eq!(items[1].get("traceparent"), None);
}

#[tokio::test]
async fn every_event_has_its_published_form() {
    let (_dynamodb, histories) = histories().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/shop/contract/events");
    let schemas = EventSchemas::read(folder.as_ref()).expect("schemas");
    let answer = answer(&histories, sample("get-order-history", "first-page")).await;
    let items = answer.body["items"].as_array().cloned().unwrap_or_default();
    assert_eq!(items.len(), 5);
    for item in &items {
        let checked = schemas.check_newest(item["type"].as_str().unwrap_or_default(), &item["data"]);
        assert!(checked.is_ok(), "{checked:?}");
    }
}

#[tokio::test]
async fn a_customer_sees_only_own_histories_and_an_operator_all() {
    let (_dynamodb, histories) = histories().await;
    for (subject, scope, status) in [
        ("user-0042", "orders:read", 200),
        ("user-eve", "orders:read orders:write", 404),
        ("user-eve", "orders:administrator", 404),
        ("clerk-7", "orders:read orders:admin", 200),
        ("clerk-7", "[orders:admin orders:read]", 404),
        ("clerk-7", "orders:fulfil", 200),
    ] {
        let event = signed_in(sample("get-order-history", "first-page"), subject, scope);
        let answered = answer(&histories, event).await;
        assert_eq!(answered.status, status, "{subject}, {scope}");
    }
}

#[tokio::test]
async fn only_the_staff_sees_who_confirmed_the_order() {
    let (_dynamodb, histories) = histories().await;
    for (scope, data) in [
        ("orders:read", json!({})),
        ("orders:fulfil", json!({"confirmed_by": "clerk-1"})),
        ("orders:admin", json!({"confirmed_by": "clerk-1"})),
    ] {
        let event = signed_in(sample("get-order-history", "first-page"), "user-0042", scope);
        let answered = answer(&histories, event).await;
        assert_eq!(answered.body["items"][1]["data"], data, "{scope}");
        assert_eq!(answered.body["items"][0]["data"]["user_id"], "user-0042", "{scope}");
    }
}

#[tokio::test]
async fn unknown_orders_and_unreadable_parameters_are_refused() {
    let (_dynamodb, histories) = histories().await;
    let mut unknown = sample("get-order-history", "first-page");
    unknown.payload.path_parameters.insert("id".to_owned(), Uuid::from_u128(9).to_string());
    assert_eq!(answer(&histories, unknown).await.status, 404);
    for (query, field) in [("limit=101", "limit"), ("cursor=AQ", "cursor"), ("from=1", "from")] {
        let refused = answer(&histories, querying("get-order-history", "first-page", query)).await;
        assert_eq!(blamed(&refused), (400, Some(field)));
    }
}
