//! Tests of the data that the API returns: streams, commits, views and traces.

use serde_json::{Value, json};

use crate::stack::{ORDER, start};

const PRODUCT: &str = "product-0198a3c2-7f60-7c10-8a52-1d4e5f607183";

#[tokio::test]
async fn streams_are_listed_by_their_last_change() {
    let console = start().await;
    let empty = console.json("/api/streams").await;
    assert_eq!((&empty["streams"], &empty["has_telemetry"]), (&json!([]), &json!(true)));
    assert_eq!(empty["first_command"], json!("send orders"));
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
    let headline = json!({"name": "<b>kettle</b>", "state": null, "amount": null});
    let expected = json!({"id": ORDER, "version": 2, "type": "OrderConfirmed", "at": at, "by": "user-1",
        "headline": headline, "behind": null});
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_stream_in_the_list_has_the_headline_of_its_views() {
    let console = start().await;
    console.commit(ORDER, 1, "OrderCreated", 1);
    console.commit(ORDER, 2, "OrderConfirmed", 2);
    let pk = json!({"S": ORDER.replace("order-", "order#")});
    let view = |name: &str, version: &str, status: &str| {
        json!({"pk": pk, "sk": {"S": name}, "version": {"N": version}, "status": {"S": status},
            "total_amount_cents": {"N": "11980"}, "currency": {"S": "EUR"}})
    };
    console.put("views", &view("old", "1", "created"));
    console.put("views", &view("view", "2", "confirmed"));
    let expected = json!({"name": "<b>kettle</b>", "state": "confirmed",
        "amount": {"number": "11980", "is_minor": true, "currency": "EUR"}});
    let newest = |answer: &Value| {
        let stream = answer["streams"][0].clone();
        (stream["version"] == 2).then_some(stream)
    };
    let listed = console.eventually("/api/streams", newest).await;
    assert_eq!((&listed["headline"], &listed["behind"]), (&expected, &json!(1)));
    assert_eq!(console.json(&format!("/api/streams/{ORDER}")).await["headline"], expected);
}

#[tokio::test]
async fn streams_are_searched_and_filtered() {
    let console = start().await;
    console.commit(ORDER, 1, "OrderCreated", 1);
    console.commit(PRODUCT, 1, "ProductRegistered", 2);
    let both = |answer: &Value| (answer["matching"] == 2).then(|| answer["filters"].clone());
    let filters = console.eventually("/api/streams", both).await;
    let types = ["OrderCreated", "ProductRegistered"];
    assert_eq!(filters, json!({"categories": ["order", "product"], "users": ["user-1"], "types": types}));
    for (query, expected) in [
        ("search=KETTLE", vec![PRODUCT, ORDER]),
        ("search=0198a3c2&category=order", vec![ORDER]),
        ("user=user-1&type=ProductRegistered", vec![PRODUCT]),
        ("user=user-2", vec![]),
    ] {
        let found = console.json(&format!("/api/streams?{query}")).await;
        let ids = found["streams"].as_array().unwrap().iter().map(|stream| stream["id"].as_str().unwrap());
        assert_eq!(ids.collect::<Vec<_>>(), expected, "{query}");
    }
    assert_eq!(console.get("/api/streams?kind=order").await.status(), 400);
}

#[tokio::test]
async fn a_stream_that_left_the_change_stream_is_found_by_its_id() {
    let console = start().await;
    for number in 0..2_001 {
        console.commit(&format!("order-00000000-0000-0000-0000-{number:012}"), 1, "OrderCreated", 1);
    }
    let all = |answer: &Value| (answer["matching"] == 2_000).then_some(());
    console.eventually("/api/streams", all).await;
    let forgotten = "order-00000000-0000-0000-0000-000000000000";
    let found = console.json(&format!("/api/streams?search={forgotten}")).await;
    assert_eq!((&found["streams"][0]["id"], &found["matching"]), (&json!(forgotten), &json!(1)));
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
    for path in ["/api/streams/order-1", "/api/traces/01", "/x"] {
        assert_eq!(console.get(path).await.status(), 404, "{path}");
    }
    // The commit of a trace may arrive before its spans.
    assert_eq!(console.json(&format!("/api/traces/{}", "01".repeat(16))).await, json!(null));
}
