//! Tests of the data that the API returns: streams, commits, views and traces.

use serde_json::{Value, json};

use crate::stack::start;

const ORDER: &str = "order-0198a3c2-7f60-7c10-8a52-1d4e5f607182";
const PRODUCT: &str = "product-0198a3c2-7f60-7c10-8a52-1d4e5f607183";

#[tokio::test]
async fn streams_are_listed_by_their_last_change() {
    let console = start().await;
    assert_eq!(console.json("/api/streams").await, json!({"streams": [], "has_telemetry": true}));
    console.commit(ORDER, 1, "OrderCreated", 1);
    console.commit(PRODUCT, 1, "ProductRegistered", 2);
    console.commit(ORDER, 2, "OrderConfirmed", 3);
    let first = |answer: &Value| {
        let streams = answer["streams"].as_array().unwrap();
        (streams.len() == 2 && streams[0]["id"] == ORDER && streams[0]["version"] == 2)
            .then(|| streams[0].clone())
    };
    let order = console.eventually("/api/streams", first).await;
    let at = "2026-11-22T12:00:00.000001Z";
    assert_eq!(order, json!({"id": ORDER, "version": 2, "type": "OrderConfirmed", "at": at, "by": "user-1"}));
}

#[tokio::test]
async fn a_stream_has_its_commits_newest_first_and_its_views() {
    let console = start().await;
    console.commit(ORDER, 1, "OrderCreated", 1);
    console.commit(ORDER, 2, "OrderConfirmed", 2);
    let pk = json!({"S": ORDER.replace("order-", "order#")});
    let view = json!({"pk": pk, "sk": {"S": "view"}, "version": {"N": "1"}, "tags": {"L": [{"S": "a"}]}});
    console.put("views", &view);
    console.put("views", &json!({"pk": pk, "sk": {"S": "event#1"}, "data": {"S": "{}"}}));
    console.put("views", &json!({"pk": {"S": "order#other"}, "sk": {"S": "view"}, "version": {"N": "9"}}));
    let stream = console.json(&format!("/api/streams/{ORDER}")).await;
    assert_eq!(stream["commits"].as_array().unwrap().len(), 2);
    let newest = &stream["commits"][0];
    assert_eq!((&newest["version"], &newest["last_version"]), (&json!(2), &json!(2)));
    assert_eq!(newest["events"], json!([{"type": "OrderConfirmed", "data": {"name": "<b>kettle</b>"}}]));
    assert_eq!(newest["trace_id"], json!("02".repeat(16)));
    let attributes =
        json!({"pk": ORDER.replace("order-", "order#"), "sk": "view", "version": "1", "tags": ["a"]});
    let view = json!({"table": "views", "name": "view", "version": 1, "attributes": attributes});
    assert_eq!(stream["views"], json!([view]));
}

#[tokio::test]
async fn only_the_newest_commits_of_a_long_stream_are_returned() {
    let console = start().await;
    for version in 1..=60 {
        console.commit(ORDER, version, "OrderNoted", 1);
    }
    let stream = console.json(&format!("/api/streams/{ORDER}")).await;
    let commits = stream["commits"].as_array().unwrap();
    assert_eq!(
        (commits.len(), &commits[0]["version"], &commits[49]["version"]),
        (50, &json!(60), &json!(11))
    );
}

#[tokio::test]
async fn a_trace_includes_the_traces_that_link_to_it() {
    let console = start().await;
    let (trace, span) = ("01".repeat(16), "01".repeat(8));
    let origin = json!({"traceId": trace, "spanId": span, "name": "command", "startTimeUnixNano": "1000",
        "endTimeUnixNano": "3000"});
    console.span(origin).await;
    let link = json!({"traceId": trace, "spanId": span});
    let linked = json!({"traceId": "02".repeat(16), "spanId": span, "name": "projection", "links": [link],
        "startTimeUnixNano": "5000", "endTimeUnixNano": "6000"});
    console.span(linked).await;
    let waterfall = console.json(&format!("/api/traces/{trace}")).await;
    assert_eq!(waterfall["duration_us"], json!(5.0));
    let row = |row: &Value| (row["name"].clone(), row["depth"].clone(), row["is_hop"].clone());
    let rows: Vec<_> = waterfall["rows"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(
        rows,
        [(json!("command"), json!(0), json!(false)), (json!("projection"), json!(1), json!(true))]
    );
}

#[tokio::test]
async fn unknown_resources_are_not_found() {
    let console = start().await;
    for path in ["/api/streams/order-1", "/api/traces/01", &format!("/api/traces/{}", "01".repeat(16)), "/x"]
    {
        assert_eq!(console.get(path).await.status(), 404, "{path}");
    }
}
