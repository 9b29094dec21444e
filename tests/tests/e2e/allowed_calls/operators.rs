//! Runs the tasks of the operators' functions, including the unusual ones.

use e2e::{Aws, Operator, RecordPosition};
use localstack::RunningStack;
use serde_json::{Value, json};

/// Begins the generation green, empties it if `empties`, and builds it, so that the projections write both generations.
pub(crate) async fn use_both_generations(stack: &RunningStack, empties: bool) {
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    operator.rebuild(&json!({"task": "begin", "empty": empties})).await.expect("a finished rebuild");
}

/// Makes the generation green live, and builds the generation blue again.
pub(crate) async fn cut_over(operator: &Operator, order: &str) {
    compare(operator).await;
    let task = json!({"task": "cut_over", "accept_differences": true});
    let report = operator.invoke("rebuild", &task).await.expect("a cut-over");
    assert_eq!(report["live"], "green", "{report}");
    rebuild(operator, "blue", order).await;
    for _ in 0..5 {
        operator.invoke("reconcile", &json!({})).await.expect("a report");
    }
}

/// Runs every task of the functions `redrive` and `reconcile`, and builds the generation green again. `order` is a
/// delivered order that was created at `opened_at`.
pub(crate) async fn all_tasks(stack: &RunningStack, aws: &Aws, order: &str, opened_at: &str) {
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    let stream = format!("order-{order}");
    let checkpoint = "checkpoint#search-projection";
    aws.delete_query_item(&format!("order#{order}"), checkpoint).await.expect("deleted");
    operator.forget_publication(&stream).await.expect("deleted");
    let caught_up = ask(&operator, json!({"task": "catch-up", "streams": [stream]})).await;
    assert_eq!(caught_up["done"], 1, "{caught_up}");

    let nonsense = json!({
        "error": "nonsense", "function": "order-projection", "shard_id": "shardId-000000000000",
        "sequence_number": "1", "partition_key": "", "approximate_arrival": 0.0, "event_source_arn": "", "data": "e30=",
    });
    operator.send("DeadLetterQueue", &nonsense).await.expect("sent");
    list_and_redrive(&operator, "dead-letters").await;
    given_up(&operator, &aws.changes(&stream).await.expect("changes")[0], opened_at).await;
    rebuild(&operator, "green", order).await;

    for task in [json!({"task": "stream", "stream": stream, "to": 1}), json!({"task": "all"})] {
        let report = operator.invoke("republish", &task).await.expect("a report");
        assert!(report["published"].as_u64() > Some(0) && report["continue"].is_null(), "{report}");
    }

    operator.set_version(&format!("order#{order}"), "view", 99).await.expect("set");
    for _ in 0..100 {
        let report = operator.invoke("reconcile", &json!({})).await.expect("a report");
        if report["mismatched"].as_u64() > Some(0) {
            return;
        }
    }
    panic!("reconcile does not report the wrong view of {order}");
}

/// Sends and redrives three messages about batches that Lambda gave up: a batch that is in the stream, a batch that is
/// no longer in the stream, and a batch of an unknown projection. The last message must stay in the queue.
async fn given_up(operator: &Operator, change: &Value, opened_at: &str) {
    let function = |binary: &str| operator.function(binary).expect("a function").to_owned();
    let position = operator.aws().put(change.to_string().as_bytes()).await.expect("put");
    let trimmed = RecordPosition { shard: "shardId-000000009999".to_owned(), ..position.clone() };
    let projection = function("order-projection");
    for (projection, place) in
        [(&projection, &position), (&projection, &trimmed), (&"none".to_owned(), &position)]
    {
        let given_up = operator.given_up(projection, place, opened_at);
        operator.send("StreamFailureQueue", &given_up).await.expect("sent");
    }
    let report = list_and_redrive(operator, "stream-failures").await;
    assert_eq!((&report["done"], &report["left"]), (&json!(2), &json!(1)), "{report}");
}

/// Begins the second run of the rebuild, now of the generation `built`, resumes it within the stream of `order`, and compares
/// the generations.
async fn rebuild(operator: &Operator, built: &str, order: &str) {
    let run = 2;
    let begun =
        operator.invoke("rebuild", &json!({"task": "build", "restart": true})).await.expect("a report");
    assert_eq!(begun["state"], "waiting", "{begun}");
    operator.set_back_rebuild(built, run, order).await.expect("set back");
    let report = operator.rebuild(&json!({"task": "build"})).await.expect("a finished rebuild");
    assert_eq!(report["run"], run, "{report}");
    compare(operator).await;
}

/// Compares the generations. The tours have deleted records of one generation or write meanwhile, so the generations may
/// differ. The calls of a finished comparison count.
async fn compare(operator: &Operator) {
    let compared = operator.invoke("rebuild", &json!({"task": "compare"})).await.expect("a comparison");
    assert_ne!(compared["state"], "unfinished", "{compared}");
}

/// Lists and redrives the messages of `queue`. Returns the report of the redrive.
async fn list_and_redrive(operator: &Operator, queue: &str) -> Value {
    let listed = ask(operator, json!({"task": "list", "queue": queue, "max": 100})).await;
    assert!(listed["messages"].as_array().is_some_and(|messages| !messages.is_empty()), "{listed}");
    ask(operator, json!({"task": "redrive", "queue": queue, "max": 100})).await
}

async fn ask(operator: &Operator, task: Value) -> Value {
    operator.invoke("redrive", &task).await.expect("an answer")
}
