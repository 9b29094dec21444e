//! Tests of the search, the map, the dead letters and the faults.

use std::path::Path;

use serde_json::{Value, json};

use crate::console::browser::{Browser, ENTER, ESCAPE, RIGHT};
use crate::console::shop::Shop;

/// A script that tells whether the text of an element has `text`.
pub(crate) fn has(selector: &str, text: &str) -> String {
    format!("document.querySelector({})?.textContent.includes({})", json!(selector), json!(text))
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_searched_and_filtered() {
    let shop = Shop::open().await;
    shop.fill().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    let rows = |count: usize| format!("document.querySelectorAll('#streams li').length === {count}");
    browser.until(&rows(8)).await;
    browser.tab_to("#search").await;
    browser.write("grinder").await;
    browser.until(&rows(2)).await;
    browser.until(&has("#matching", "2 streams")).await;
    browser.write(" of gold").await;
    browser.until(&has("#matching", "No stream matches")).await;
    browser.press(ESCAPE).await;
    browser.until(&rows(8)).await;
    for (field, value, count) in
        [("category", "order", 4), ("user", "user-1", 4), ("type", "OrderConfirmed", 3), ("category", "", 3)]
    {
        let field = format!("document.querySelector('#{field}')");
        let event = "dispatchEvent(new Event('input', {bubbles: true}))";
        browser.run(&format!("{field}.value = {}; {field}.{event}", json!(value))).await;
        browser.until(&rows(count)).await;
    }
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_map_shows_counts_and_backlogs_and_marks_connections() {
    let shop = Shop::open().await;
    shop.fill().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.show("map").await;
    let part = |key: &str| format!("[data-part={}]", json!(key));
    let template = shop.stack.template();
    let projection =
        template.functions.iter().find(|function| function.binary == "order-projection").unwrap();
    let events = template.tables.iter().find(|table| table.change_stream.is_some()).unwrap();
    browser.until(&has(&part(&format!("table/{}", events.name)), "11 items")).await;
    browser.until(&has(&part(&format!("function/{}", projection.name)), "up to date")).await;
    let all = format!("document.querySelectorAll('[data-part]').length >= {}", template.functions.len());
    browser.until(&all).await;
    browser.until("document.querySelectorAll('#lag tbody tr').length >= 5").await;
    browser.until("document.querySelectorAll('#lag th[scope=col]').length === 6").await;

    browser.tab_to("#map summary").await;
    browser.until("document.querySelectorAll('#map path[data-marked]').length >= 1").await;
    browser.press(ENTER).await;
    browser.until("document.activeElement.closest('details').open").await;
    let png = browser.screenshot().await;
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("../console-map.png"), png).expect("written");
    browser.press(ESCAPE).await;
    browser.until("document.querySelectorAll('#map path[data-marked]').length === 0").await;
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_shown_with_its_reason_and_redriven() {
    let shop = Shop::open().await;
    shop.fill().await;
    let template = shop.stack.template();
    let mapping = template.mappings.iter().find(|mapping| mapping.on_failure_queue.is_some()).unwrap();
    let queue = mapping.on_failure_queue.clone().unwrap();
    // The message that the mapping would send about the first record of the stream.
    let first = first_record(&shop, mapping.source.name()).await;
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:us-east-1:000000000000:{name}");
    let body = json!({
        "requestContext": {"condition": "RecordAgeExceeded", "approximateInvokeCount": 3,
            "functionArn": arn("lambda", &format!("function:{}", mapping.function))},
        "KinesisBatchInfo": {"streamArn": arn("kinesis", &format!("stream/{}", mapping.source.name())), "batchSize": 1,
            "shardId": first["ShardId"], "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": first["SequenceNumber"]},
    });
    let url = format!("{}/000000000000/{queue}", shop.stack.aws_endpoint());
    let message = json!({"QueueUrl": url, "MessageBody": body.to_string()});
    shop.aws("AmazonSQS.SendMessage", &message).await;

    let browser = Browser::open(shop.stack.console_url()).await;
    browser.until("document.querySelector('#letter-count').textContent === '1'").await;
    browser.show("dead-letters").await;
    browser.until(&has("#letters", "RecordAgeExceeded after 3 invocations")).await;
    browser.tab_to("#letters button").await;
    browser.press(ENTER).await;
    browser.until(&has("#redriven", "The function processed 1 record.")).await;
    browser.until("document.querySelector('#letter-count').hidden").await;
    browser.until("document.querySelectorAll('#letters button').length === 0").await;
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}

/// Finds the position of a record in the stream.
async fn first_record(shop: &Shop, stream: &str) -> Value {
    let shards = shop.aws("Kinesis_20131202.ListShards", &json!({"StreamName": stream})).await;
    for shard in shards["Shards"].as_array().expect("shards") {
        let from =
            json!({"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"});
        let iterator = shop.aws("Kinesis_20131202.GetShardIterator", &from).await;
        let read = json!({"ShardIterator": iterator["ShardIterator"], "Limit": 1});
        let read = shop.aws("Kinesis_20131202.GetRecords", &read).await;
        if let Some(record) = read["Records"].get(0) {
            return json!({"ShardId": shard["ShardId"], "SequenceNumber": record["SequenceNumber"]});
        }
    }
    panic!("{stream} has no record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slider_changes_the_rate_of_a_fault() {
    let shop = Shop::open().await;
    let browser = Browser::open(shop.stack.console_url()).await;
    browser.show("faults").await;
    browser.until("document.querySelectorAll('#faults input').length === 14").await;
    browser.tab_to("#fault-kill").await;
    browser.press(RIGHT).await;
    browser.press(RIGHT).await;
    browser.until("document.querySelector('#fault-kill-value').textContent === '2 %'").await;
    browser.until("document.querySelector('#fault-count').textContent === '1'").await;
    assert_eq!(shop.stack.chaos().to_string().split(',').next(), Some("kill=0.02"));
    browser.tab_to("#faults button").await;
    browser.press(ENTER).await;
    browser.until("document.querySelector('#fault-count').hidden").await;
    assert!(shop.stack.chaos().is_calm());
    assert_eq!(browser.log_messages().await, Vec::<String>::new());
    browser.close().await;
    shop.stack.shutdown().await;
}
