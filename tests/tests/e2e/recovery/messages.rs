//! Tests messages that a redrive cannot handle with the records alone: batches whose records are no longer in the
//! stream, and unreadable records.

use e2e::{Operator, RecordPosition};
use serde_json::{Value, json};
use stack_template::EventSourceMapping;

use crate::recovery::shop::{
    COMMAND_PRICES, Data, create_confirmed_order, customer, operator, stack, wait_for_view,
};

async fn ask(operator: &Operator, task: Value) -> Value {
    operator.invoke("redrive", &task).await.expect("an answer")
}

async fn listed(operator: &Operator, queue: &str) -> Vec<Value> {
    let list = ask(operator, json!({"task": "list", "queue": queue, "max": 100})).await;
    list["messages"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_no_longer_in_the_stream_are_read_from_the_event_table() {
    let data = Data::new();
    let stack = stack(&data, &[COMMAND_PRICES], "").await;
    let (customer, operator) = (customer(&stack), operator(&stack));
    let order = create_confirmed_order(&customer).await;
    let opened_at = wait_for_view(&customer, &order).await;
    operator.aws().delete_query_item(&format!("order#{order}"), "view").await.expect("deleted");
    let trimmed = RecordPosition { shard: "shardId-000000009999".to_owned(), sequence: "1".to_owned() };
    let projection = operator.function("order-projection").expect("a function");
    let document = operator.given_up(projection, &trimmed, &opened_at);
    operator.send("StreamFailureQueue", &document).await.expect("sent");

    let report = ask(&operator, json!({"task": "redrive", "queue": "stream-failures"})).await;
    assert_eq!((&report["done"], &report["worked"][0]["applied"]), (&json!(1), &json!(2)), "{report}");
    wait_for_view(&customer, &order).await;
    assert_eq!(listed(&operator, "stream-failures").await, [Value::Null; 0]);
    stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_records_are_listed_tried_and_discarded_by_id() {
    let data = Data::new();
    let stack = stack(&data, &[COMMAND_PRICES], "").await;
    let operator = operator(&stack);
    // A mapping without a filter delivers both records; the other mappings of the category deliver the second one.
    let records = [&b"nonsense"[..], br#"{"dynamodb": {"Keys": {"pk": {"S": "order-nonsense"}}}}"#];
    let mut expected = 0;
    for record in records {
        operator.aws().put(record).await.expect("put");
        let seen = json!({"data": serde_json::from_slice::<Value>(record).unwrap_or_default()});
        let delivers = |mapping: &&EventSourceMapping| {
            mapping.filters.as_ref().is_none_or(|filters| filters.accept(&seen))
        };
        let number = stack.template().mappings.iter().filter(delivers).count();
        assert!(number > 0, "no projection would notice the record");
        expected += number;
    }
    let mut letters = Vec::new();
    for _ in 0..600 {
        letters = listed(&operator, "dead-letters").await;
        if letters.len() == expected {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!(letters.len(), expected, "every projection must send its records to the queue: {letters:?}");

    let redriven = ask(&operator, json!({"task": "redrive", "queue": "dead-letters", "max": 100})).await;
    assert_eq!((&redriven["done"], &redriven["left"]), (&json!(0), &json!(expected)), "{redriven}");
    let letters = listed(&operator, "dead-letters").await;
    assert!(letters.iter().all(|letter| letter["redrive"]["number"] == 1), "{letters:?}");

    let ids: Vec<_> = letters[1..].iter().map(|letter| letter["id"].clone()).collect();
    let discard =
        json!({"task": "discard", "queue": "dead-letters", "ids": ids, "reason": "put there by a test"});
    let discarded = ask(&operator, discard).await;
    assert_eq!(discarded["missing"], json!([]), "{discarded}");
    let found = discarded["discarded"].as_array().expect("a list");
    assert!(
        found
            .iter()
            .all(|letter| letter["error"].as_str().is_some_and(|error| error.contains("change record")))
    );
    assert_eq!((found.len(), &discarded["reason"]), (expected - 1, &json!("put there by a test")));
    let left = listed(&operator, "dead-letters").await;
    assert_eq!(
        (left.len(), &left[0]["id"]),
        (1, &letters[0]["id"]),
        "a letter whose id was not named must stay"
    );
    stack.shutdown().await;
}
