//! Tests the history of an order.

use std::time::Duration;

use e2e::get;
use serde_json::{Value, json};

use crate::scenarios::support::{Shop, assert_blames, assert_problem, shop};

/// Waits until the history of `order` has as many events as `types`, and reads it in pages of `limit` events.
async fn history(shop: &Shop, order: &str, limit: usize, types: &[&str]) -> Vec<Value> {
    for _ in 0..200 {
        let (mut events, mut cursor) = (Vec::new(), String::new());
        for _ in 0..=types.len() {
            let page = shop.send(get(format!("/queries/orders/{order}/events?limit={limit}{cursor}"))).await;
            let items = page.body["items"].as_array().cloned().unwrap_or_default();
            assert!(items.len() <= limit);
            events.extend(items);
            let Some(next) = page.body["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let found: Vec<_> = events.iter().map(|event| event["type"].as_str().expect("a type")).collect();
        assert!(types.starts_with(&found), "{found:?}");
        if found.len() == types.len() {
            return events;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the history of {order} does not have the events {types:?}");
}

#[tokio::test]
async fn a_history_has_all_events_in_sequence() {
    let shop = shop();
    let order = shop.created().await;
    shop.confirm(&order).await;
    shop.ship(&order).await;
    let types = ["OrderCreated", "OrderConfirmed", "OrderShipped"];
    let events = history(&shop, &order, 2, &types).await;
    for (event, version) in events.iter().zip(1..) {
        assert_eq!((&event["specversion"], &event["source"]), (&json!("1.0"), &json!("/orders")));
        assert_eq!(event["subject"], order.as_str());
        assert_eq!(event["sequence"], format!("{version:020}"));
        for name in ["id", "time", "correlationid", "causationid"] {
            assert!(event[name].is_string(), "{name} of {event}");
        }
    }
    assert_eq!(events[0]["data"]["user_id"], shop.user.as_str());
    assert_eq!(events[2]["data"]["carrier"], "DHL");
    assert_eq!(events[1]["data"], json!({}), "a customer does not see the ids of the staff");
    let seen_by_staff = shop.operate(get(format!("/queries/orders/{order}/events"))).await;
    assert_eq!(seen_by_staff.body["items"][1]["data"], json!({"confirmed_by": "clerk"}));
    assert_eq!(history(&shop, &order, 100, &types).await, events);
    assert_eq!(events[0]["time"], shop.view(&order, 1).await.body["created_at"]);
}

#[tokio::test]
async fn an_unknown_order_has_no_history() {
    let shop = shop();
    for order in ["00000000-0000-4000-8000-000000000000", "no-uuid"] {
        let reply = shop.send(get(format!("/queries/orders/{order}/events"))).await;
        assert_problem(&reply, 404, "not-found");
    }
    let order = shop.created().await;
    let reply = shop.send(get(format!("/queries/orders/{order}/events?cursor=x"))).await;
    assert_blames(&reply, 400, "malformed-request", "cursor");
}
