//! Tests batches that the event source mapping gives up because the projection's writes fail, and the recovery of these
//! batches after the fault.

use e2e::{Acknowledged, Aws, Load, Operator, audit, wait_until_caught_up};
use localstack::RunningStack;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::recovery::shop::{self, Data, caller, operator};

const QUEUE: &str = "StreamFailureQueue";
const EVERYTHING: &str = "orders:read orders:write orders:admin";

/// A stack on `data` with the faults `chaos`. Its mappings retry a failed batch once.
async fn stack(data: &Data, chaos: &str) -> RunningStack {
    // The batches are small, because a mapping halves a failed batch repeatedly and waits longer each time.
    let mapping = [("MaximumRetryAttempts", "1"), ("BatchSize", "4"), ("BatchWindow", "1")];
    shop::stack(data, &mapping, chaos).await
}

/// Runs a load on `stack` and waits until every mapping has delivered or given up all records.
async fn run_load(stack: &RunningStack) -> Vec<Acknowledged> {
    let load = Load::new(watch::Sender::new(caller(stack, EVERYTHING)).subscribe());
    load.offer().await.expect("offers");
    load.run(3, 3).await.expect("every order placed");
    wait_until_caught_up(stack.aws_endpoint()).await.expect("mappings that are done");
    load.acknowledged().borrow().clone()
}

/// Lists or redrives the batches that Lambda gave up.
async fn ask(operator: &Operator, task: &str) -> Value {
    let task = json!({"task": task, "queue": "stream-failures", "max": 100});
    operator.invoke("redrive", &task).await.expect("an answer")
}

/// The list `name` in `report`.
fn all(report: &Value, name: &str) -> Vec<Value> {
    report[name].as_array().expect("a list").clone()
}

/// The messages of Lambda about the batches that it gave up. Asserts that each message has the members that AWS
/// documents and is about the order projection.
async fn documents(operator: &Operator) -> Vec<Value> {
    let documents = operator.peek(QUEUE).await.expect("messages");
    assert!(!documents.is_empty(), "nothing was given up");
    let projection = operator.function("order-projection").expect("a function");
    for document in &documents {
        let (context, batch) = (&document["requestContext"], &document["KinesisBatchInfo"]);
        assert_eq!(context["condition"], "RetryAttemptsExhausted", "{document}");
        let arn = context["functionArn"].as_str().unwrap_or_default();
        assert!(arn.ends_with(&format!(":{projection}")), "{document}");
        for text in ["shardId", "startSequenceNumber", "endSequenceNumber", "streamArn"] {
            assert!(batch[text].is_string(), "{text}: {document}");
        }
        assert!(batch["batchSize"].as_u64() > Some(0), "{document}");
        assert!(!document.to_string().contains("NewImage"), "a message must contain no records: {document}");
    }
    documents
}

/// Redrives all batches on a stack without faults and audits the result: every view must agree with its stream, and
/// every queue must be empty. Returns the report of the redrive.
async fn recover(data: &Data, messages: usize, acknowledged: &[Acknowledged]) -> Value {
    let stack = stack(data, "").await;
    let operator = operator(&stack);
    let report = ask(&operator, "redrive").await;
    assert_eq!((&report["done"], &report["left"]), (&json!(messages), &json!(0)), "{report}");
    assert_eq!(all(&ask(&operator, "list").await, "messages"), [Value::Null; 0]);
    wait_until_caught_up(stack.aws_endpoint()).await.expect("mappings that are done");
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("clients");
    let findings = audit(&caller(&stack, EVERYTHING), &aws, acknowledged).await.expect("an audit");
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    stack.shutdown().await;
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_returns_to_its_queue_until_its_writes_succeed() {
    let data = Data::new();
    let refusing = stack(&data, "throttle=1,only=order-projection+redrive,tables=QueryTable").await;
    let acknowledged = run_load(&refusing).await;
    let operator = operator(&refusing);
    documents(&operator).await;
    let listed = all(&ask(&operator, "list").await, "messages");
    assert!(listed.iter().any(|message| message["records"].as_u64() > Some(1)), "{listed:?}");
    for attempt in 1..=2 {
        let report = ask(&operator, "redrive").await;
        assert_eq!((&report["done"], &report["left"]), (&json!(0), &json!(listed.len())), "{report}");
        for message in all(&ask(&operator, "list").await, "messages") {
            assert_eq!(
                (&message["projection"], &message["redrive"]["number"]),
                (&json!("order-projection"), &json!(attempt))
            );
            let reason = message["redrive"]["reason"].as_str().unwrap_or_default();
            assert!(reason.contains("cannot continue") && reason.contains("throttled"), "{message}");
        }
    }
    let streams = operator.aws().streams().await.expect("streams");
    let orders = streams.iter().filter(|(stream, _)| stream.starts_with("order-"));
    let commits: usize = orders.map(|(_, commits)| commits.len()).sum();
    refusing.shutdown().await;

    let report = recover(&data, listed.len(), &acknowledged).await;
    let applied =
        all(&report, "worked").iter().filter_map(|message| message["applied"].as_u64()).sum::<u64>();
    assert_eq!(applied, commits as u64, "each commit must be applied once: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_whose_function_is_killed_is_split_and_given_up_record_by_record() {
    let data = Data::new();
    let deadly = stack(&data, "kill=1,only=order-projection").await;
    let acknowledged = run_load(&deadly).await;
    let operator = operator(&deadly);
    for document in documents(&operator).await {
        assert_eq!(document["KinesisBatchInfo"]["batchSize"], 1, "{document}");
    }
    let messages = all(&ask(&operator, "list").await, "messages").len();
    deadly.shutdown().await;
    recover(&data, messages, &acknowledged).await;
}
