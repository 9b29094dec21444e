//! Tests of the map of the template.

use serde_json::{Value, json};

use crate::stack::{ORDER, PROJECT, REACT, start};

fn named<'v>(list: &'v Value, name: &str) -> &'v Value {
    list.as_array().unwrap().iter().find(|entry| entry["name"] == name).unwrap()
}

#[tokio::test]
async fn the_map_shows_how_the_parts_are_connected_and_what_they_hold() {
    let console = start().await;
    console.commit(ORDER, 1, "OrderCreated", 1);
    console.commit(ORDER, 2, "OrderConfirmed", 2);
    let map = console
        .eventually("/api/map", |map| (map["streams"][0]["shards"][0]["records"] == 2).then(|| map.clone()))
        .await;
    let table = json!({"name": "events", "items": 2, "stream": "EventStream", "unpublished": 7});
    assert_eq!(named(&map["tables"], "events"), &table);
    assert_eq!(named(&map["tables"], "views")["stream"], json!(null));
    let shard = json!({"id": "shardId-000000000000", "is_open": true, "records": 2});
    assert_eq!(map["streams"], json!([{"name": "EventStream", "shards": [shard]}]));

    let mapping = &map["mappings"][0];
    assert_eq!(
        (&mapping["kind"], &mapping["source"], &mapping["function"]),
        (&json!("stream"), &json!("EventStream"), &json!(PROJECT))
    );
    assert_eq!(
        (&mapping["failure_queue"], &mapping["shards"][0]["records"]),
        (&json!("failures"), &json!(2))
    );
    assert!(mapping["shards"][0]["lag_ms"].as_i64().unwrap() >= 0);

    let sides = ["Place", PROJECT, REACT, "Look", "Repair"]
        .map(|name| named(&map["functions"], name)["side"].clone());
    assert_eq!(sides, ["writer", "consumer", "reaction", "reader", "operator"].map(Value::from));
    let place = named(&map["functions"], "Place");
    let counts = json!({"invocations": 0, "errors": 0, "throttles": 0, "last_duration_ms": null});
    for (name, expected) in counts.as_object().unwrap() {
        assert_eq!(&place[name], expected, "{name}");
    }
    assert_eq!(place["routes"], json!(["POST /orders"]));
    assert_eq!((&place["reads"], &place["writes"]), (&json!(["events"]), &json!(["events"])));
    assert_eq!((&place["sends"], &place["publishes"]), (&json!(["failures"]), &json!(["shop"])));
}

#[tokio::test]
async fn the_map_shows_the_buses_and_the_rules_with_their_targets() {
    let console = start().await;
    console.publish("OrderPaid", ORDER);
    console.publish("OrderPlaced", ORDER);
    let map = console.json("/api/map").await;
    assert_eq!(map["buses"], json!([{"name": "shop", "events": 2, "refused": 0}]));
    let target = |kind: &str, name: &str, queue: Value, delivered: u64, failed: u64| {
        json!([{"kind": kind, "name": name, "dead_letter_queue": queue, "waiting": 0, "delivered": delivered,
            "failed": failed}])
    };
    let rule =
        |name: &str, targets: Value| json!({"name": name, "bus": "shop", "events": 1, "targets": targets});
    let expected = json!([
        rule("React-Placed", target("function", REACT, json!("failures"), 0, 1)),
        rule("ToQueue", target("queue", "failures", json!(null), 1, 0)),
    ]);
    assert_eq!(map["rules"], expected);
}

#[tokio::test]
async fn invocations_and_errors_are_counted() {
    let console = start().await;
    console.lambda.invoke(PROJECT, "{}".into(), None).await.unwrap();
    let bad = json!({"Records": [{"kinesis": {"partitionKey": "bad"}}]}).to_string();
    console.lambda.invoke(PROJECT, bad.into(), None).await.unwrap();
    let map = console.json("/api/map").await;
    let project = named(&map["functions"], PROJECT);
    assert_eq!((&project["invocations"], &project["errors"]), (&json!(2), &json!(1)));
    assert!(project["last_duration_ms"].is_number());
}
