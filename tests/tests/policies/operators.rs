//! What operators ask for, the unusual included.

use e2e::{Aws, Embedded, Operator, Placed};
use serde_json::{Value, json};

/// Every task of the functions `redrive` and `reconcile`; `order` is a delivered order.
pub(crate) async fn all_tasks(stack: &Embedded, aws: &Aws, order: &str) {
    let operator = Operator::new(&stack.aws_endpoint, &stack.template).expect("an operator");
    let stream = format!("order-{order}");
    let caught_up = ask(&operator, json!({"task": "catch-up", "streams": [stream]})).await;
    assert_eq!(caught_up["done"], 1, "{caught_up}");

    let nonsense = json!({
        "error": "nonsense", "function": "order-projection", "shard_id": "shardId-000000000000",
        "sequence_number": "1", "partition_key": "", "approximate_arrival": 0.0, "event_source_arn": "", "data": "e30=",
    });
    operator.send("DeadLetterQueue", &nonsense).await.expect("sent");
    work(&operator, "dead-letters").await;

    let function = |binary: &str| {
        let found = stack.template.functions.iter().find(|function| function.binary == binary);
        found.expect("a function").name.clone()
    };
    let changes = aws.changes(&stream).await.expect("changes");
    let placed = operator.put(changes[0].to_string().as_bytes()).await.expect("put");
    let trimmed = Placed { shard: "shardId-000000009999".to_owned(), ..placed.clone() };
    for (projection, place) in [
        (function("order-projection"), &placed),
        (function("order-projection"), &trimmed),
        ("none".to_owned(), &placed),
    ] {
        let given_up = operator.given_up(&projection, place);
        operator.send("StreamFailureQueue", &given_up).await.expect("sent");
    }
    let worked = work(&operator, "stream-failures").await;
    assert_eq!((&worked["done"], &worked["left"]), (&json!(2), &json!(1)), "{worked}");

    operator.set_version(&format!("order#{order}"), "view", 99).await.expect("set");
    for _ in 0..100 {
        let report = operator.invoke("reconcile", &json!({})).await.expect("a report");
        if report["mismatched"].as_u64() > Some(0) {
            return;
        }
    }
    panic!("reconcile does not come upon {order}");
}

/// Lists and redrives `queue`.
async fn work(operator: &Operator, queue: &str) -> Value {
    let listed = ask(operator, json!({"task": "list", "queue": queue, "max": 100})).await;
    assert!(listed["messages"].as_array().is_some_and(|messages| !messages.is_empty()), "{listed}");
    ask(operator, json!({"task": "redrive", "queue": queue, "max": 100})).await
}

async fn ask(operator: &Operator, task: Value) -> Value {
    operator.invoke("redrive", &task).await.expect("an answer")
}
