//! Tests of the published events, and of the search in them.

use serde_json::{Value, json};

use crate::stack::{ORDER, TestConsole, start};

async fn types(console: &TestConsole, query: &str) -> Vec<Value> {
    let found = console.json(&format!("/api/events?{query}")).await;
    let events = found["events"].as_array().unwrap();
    assert_eq!(found["matching"], events.len(), "{query}");
    events.iter().map(|event| event["detail_type"].clone()).collect()
}

#[tokio::test]
async fn events_are_listed_newest_first_with_their_deliveries() {
    let console = start().await;
    let id = console.publish("OrderPaid", ORDER);
    console.publish("OrderRenamed", "product-1");
    console.publish("OrderPlaced", ORDER);
    let found = console.json("/api/events").await;
    let [placed, renamed, paid] = &found["events"].as_array().unwrap()[..] else { panic!("{found}") };
    let delivery = json!({"rule": "ToQueue", "kind": "queue", "target": "failures", "state": "delivered",
        "attempts": 1, "error": null});
    assert_eq!((&paid["id"], &paid["deliveries"]), (&json!(id), &json!([delivery])));
    assert_eq!(
        (&paid["bus"], &paid["source"], &paid["subject"]),
        (&json!("shop"), &json!("orders"), &json!(ORDER))
    );
    let document: Value = serde_json::from_str(paid["document"].as_str().unwrap()).unwrap();
    assert_eq!((&document["id"], &document["detail"]["subject"]), (&json!(id), &json!(ORDER)));
    let states = [placed, renamed, paid].map(|event| event["state"].clone());
    assert_eq!(states, ["failed", "no rule", "delivered"].map(Value::from));
    assert_eq!(placed["deliveries"][0]["error"], "there is no function `React`");
    let filters = json!({"buses": ["shop"], "types": ["OrderPaid", "OrderPlaced", "OrderRenamed"],
        "states": ["delivered", "failed", "no rule"]});
    assert_eq!(found["filters"], filters);
    assert_eq!(found["buses"][1], json!({"name": "shop", "events": 3, "refused": 0}));

    for (query, expected) in [
        ("search=product-1", &["OrderRenamed"][..]),
        ("search=ORDERP", &["OrderPlaced", "OrderPaid"]),
        ("search=toqueue", &["OrderPaid"]),
        ("search=react", &["OrderPlaced"]),
        ("search=absent", &[]),
        ("bus=shop&type=OrderPaid", &["OrderPaid"]),
        ("bus=default", &[]),
        ("state=no%20rule", &["OrderRenamed"]),
        ("state=failed", &["OrderPlaced"]),
    ] {
        assert_eq!(types(&console, query).await, expected, "{query}");
    }
    assert_eq!(console.get("/api/events?unknown=1").await.status(), 400);
}
