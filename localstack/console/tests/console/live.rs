//! Tests of live updates: the page receives an event for each change, and an open page does not keep the stack from
//! stopping.

use std::time::Duration;

use reqwest::Response;

use crate::stack::{ORDER, start};

/// Timeout that is far longer than any step of these tests.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Waits for the next event.
async fn wait_for_event(events: &mut Response) {
    loop {
        let chunk =
            tokio::time::timeout(TIMEOUT, events.chunk()).await.expect("an event must arrive in time");
        let chunk =
            String::from_utf8(chunk.unwrap().expect("the connection must stay open").to_vec()).unwrap();
        // A browser does not dispatch an event without data.
        if chunk.contains("event: changed\ndata: ") {
            return;
        }
    }
}

#[tokio::test]
async fn every_change_is_announced() {
    let console = start().await;
    let mut events = console.get("/api/changes").await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    wait_for_event(&mut events).await;
    console.commit(ORDER, 1, "OrderCreated", 1);
    wait_for_event(&mut events).await;
    let span = serde_json::json!({"traceId": "01".repeat(16), "spanId": "01".repeat(8), "name": "command"});
    console.span(span).await;
    wait_for_event(&mut events).await;
    console.publish("OrderPaid", ORDER);
    wait_for_event(&mut events).await;
}

#[tokio::test]
async fn an_open_page_ends_with_the_stack() {
    let console = start().await;
    let mut events = console.get("/api/changes").await;
    wait_for_event(&mut events).await;
    let stopped = tokio::spawn(console.shutdown());
    let end = loop {
        match tokio::time::timeout(TIMEOUT, events.chunk()).await.expect("the stream must end in time") {
            Ok(Some(_)) => {}
            end => break end,
        }
    };
    assert_eq!(end.expect("the stream must end cleanly and not break off"), None);
    stopped.await.unwrap();
}
