//! Plays the drill of docs/restore.md: the event table is restored to an earlier time, adopted, and its views are built
//! anew. A copy stands for the restore.

use e2e::{ApiClient, SHORTEST_TIMES, get, post, until_fresh};
use localstack::RunningStack;
use serde_json::{Value, json};

use crate::recovery::shop::{
    self, COMMAND_PRICES, Data, create_confirmed_order, customer, operator, wait_for_view,
};

/// The name of the restored table.
const RESTORED: &str = "EventTable-restored";

/// A stack on `data` that uses the restored table, in which a change of the generations settles soon.
async fn stack(data: &Data) -> RunningStack {
    let others = [("ExistingEventTable", RESTORED), ("RebuildCommitsPerSecond", "1000"), COMMAND_PRICES];
    shop::stack(data, &[&SHORTEST_TIMES[..], &others].concat(), "").await
}

/// Builds a fresh generation from the restored table, and makes it live. Returns the comparison with the views before the
/// restore.
async fn switch_to_fresh_generation(stack: &RunningStack) -> Value {
    let operator = operator(stack);
    let built = operator.rebuild(&json!({"task": "begin", "empty": true})).await.expect("a finished rebuild");
    assert_eq!((&built["held"], &built["unreadable"]), (&json!(0), &json!(0)), "{built}");
    let compared = operator.invoke("rebuild", &json!({"task": "compare"})).await.expect("a comparison");
    let cut_over = json!({"task": "cut_over", "accept_differences": true});
    let live = operator.invoke("rebuild", &cut_over).await.expect("a cut-over");
    assert_eq!(live["live"], "green", "{live}");
    operator.invoke("rebuild", &json!({"task": "end"})).await.expect("an end");
    compared
}

async fn status(customer: &ApiClient, order: &str) -> (u16, Value) {
    let view = customer.send(get(format!("/queries/orders/{order}"))).await.expect("an answer");
    (view.status, view.body["status"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_table_is_restored_adopted_and_its_views_are_built_anew() {
    let data = Data::new();
    let damaged = shop::stack(&data, &[COMMAND_PRICES], "").await;
    let shopper = customer(&damaged);
    let kept = create_confirmed_order(&shopper).await;
    wait_for_view(&shopper, &kept).await;
    let aws = operator(&damaged).aws().clone();
    aws.restore_event_table(RESTORED).await.expect("a copy");
    let cancelled = shopper.send(post(format!("/commands/orders/{kept}/cancel")).json(&json!({}))).await;
    assert_eq!(cancelled.expect("an answer").status, 200);
    let lost = create_confirmed_order(&shopper).await;
    wait_for_view(&shopper, &lost).await;
    aws.send_changes_to_stream(RESTORED).await.expect("a destination");
    damaged.shutdown().await;

    let restored = stack(&data).await;
    let compared = switch_to_fresh_generation(&restored).await;
    assert_eq!(compared["state"], "different", "{compared}");
    let differences = compared["differences"].to_string();
    assert!(differences.contains(&lost) && differences.contains(&kept), "{compared}");

    let shopper = customer(&restored);
    let functions = restored.template().functions.iter();
    let tables: Vec<_> = functions.filter_map(|function| function.environment.get("EVENT_TABLE")).collect();
    assert!(!tables.is_empty() && tables.iter().all(|table| *table == RESTORED), "{tables:?}");
    assert_eq!(status(&shopper, &kept).await, (200, json!("confirmed")), "the cancellation must be lost");
    assert_eq!(status(&shopper, &lost).await.0, 404);
    let shipped = json!({"tracking_number": "123456", "carrier": "DHL"});
    let shipped = shopper.send(post(format!("/commands/orders/{kept}/ship")).json(&shipped)).await;
    assert_eq!(shipped.expect("an answer").status, 200);
    let moved = get(format!("/queries/orders/{kept}?min_version=3")).header("prefer", "wait=20");
    let view = until_fresh(moved, async |call| shopper.send(call).await.expect("an answer")).await;
    assert_eq!((view.status, &view.body["status"]), (200, &json!("shipped")), "{}", view.body);
    let new = create_confirmed_order(&shopper).await;
    wait_for_view(&shopper, &new).await;
    for (function, calls) in restored.observed_calls().all() {
        assert!(calls.iter().all(|call| call.allowed), "{function} was refused a call: {calls:?}");
    }
    restored.shutdown().await;
}

#[tokio::test]
async fn a_table_that_does_not_exist_cannot_be_adopted() {
    let parameters = [("ExistingEventTable".to_owned(), "EventTable-gone".to_owned())];
    let options =
        localstack::StackOptions { parameters: parameters.into(), ..localstack::StackOptions::default() };
    let error = localstack::Stack::start(options).await.expect_err("a refusal").to_string();
    assert!(error.contains("EventTable-gone") && error.contains("create the table first"), "{error}");
}
