//! The tour: every function records every metric that an alarm or a widget reads.

use std::time::Duration;

use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_dynamodb::types::AttributeValue;
use e2e::{ApiClient, Aws, Lines, Operator, carry_out_samples, get, post, put};
use es_core::{StreamId, StreamVersion};
use futures::future::join_all;
use localstack::{RunningStack, Stack, StackOptions};
use projection::ProjectionFacts;
use projections::registry;
use serde_json::{Value, json};
use stack_base::chaos::Fault;
use uuid::Uuid;

use crate::monitoring::parameters;

/// How often a step is repeated until its metric is in a line.
const ATTEMPTS: usize = 300;
const PAUSE: Duration = Duration::from_millis(100);

/// The log lines of the functions of two stacks: one that works, and one whose tables throttle every
/// write.
pub(crate) async fn lines() -> Vec<String> {
    let options = StackOptions { parameters: parameters(), ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let lines = Lines::of_stack(&stack);
    carry_out_samples(&stack).await.expect("a successful sample of each function");
    until(&lines, "PublishLag", None).await;
    refuse_entries(&stack, &lines).await;
    until(&lines, "Reactions", Some("executed")).await;
    conflict(&stack, &lines).await;
    heal_and_poison(&stack, &lines).await;
    reconcile(&stack, &lines).await;
    fail(&stack, &lines).await;
    stack.shutdown().await;

    let chaos = "throttle=1".parse().expect("a specification of chaos");
    let stack = Stack::start(StackOptions { chaos, ..StackOptions::default() }).await.expect("a stack");
    let throttled = Lines::of_stack(&stack);
    let refused = operator(&stack).send(kettle(1)).await.expect("an answer");
    assert_eq!(refused.status, 503, "{}", refused.body);
    until(&throttled, "Commands", Some("throttled")).await;
    stack.shutdown().await;
    [lines, throttled].map(|lines| lines.all()).concat()
}

/// The operator of the shop, who may do everything.
fn operator(stack: &RunningStack) -> ApiClient {
    let token = stack.token("operator", "orders:admin").expect("a token");
    ApiClient::new(stack.base_url()).expect("a client").with(token)
}

fn kettle(price: usize) -> e2e::ApiCall {
    put("/commands/products/kettle").json(&json!({"name": "Kettle", "unit_price_cents": price}))
}

/// Whether a line records `metric`.
fn has(lines: &Lines, metric: &str) -> bool {
    has_outcome(lines, metric, None)
}

/// Whether a line records `metric`, with this outcome if there is one.
fn has_outcome(lines: &Lines, metric: &str, outcome: Option<&str>) -> bool {
    lines.all().iter().any(|line| {
        let line: Option<Value> = line.find('{').and_then(|at| serde_json::from_str(&line[at..]).ok());
        line.is_some_and(|line| {
            line.get(metric).is_some() && outcome.is_none_or(|outcome| line["outcome"] == outcome)
        })
    })
}

/// Waits until a line records `metric`, with this outcome if there is one.
async fn until(lines: &Lines, metric: &str, outcome: Option<&str>) {
    for _ in 0..ATTEMPTS {
        if has_outcome(lines, metric, outcome) {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("no line records {metric} with the outcome {outcome:?}");
}

/// Lets the event bus fail for entries until the publisher has counted one.
async fn refuse_entries(stack: &RunningStack, lines: &Lines) {
    stack.change_faults(&[(Fault::EntryFailure, 1.0)].into()).expect("a rate");
    let changed = operator(stack).send(kettle(1)).await.expect("an answer");
    assert!(changed.status < 300, "{}", changed.body);
    until(lines, "FailedEntries", None).await;
    stack.change_faults(&[(Fault::EntryFailure, 0.0)].into()).expect("a rate");
}

/// Changes one product from several callers at once until a command meets the commit of another one.
async fn conflict(stack: &RunningStack, lines: &Lines) {
    let caller = operator(stack);
    for round in 1..=ATTEMPTS {
        join_all((1..=4).map(|number| caller.send(kettle(10 * round + number)))).await;
        if has(lines, "Conflicts") {
            return;
        }
    }
    panic!("no command met a conflict");
}

/// Makes a projection heal a gap and drop a duplicate, and sends a record that no projection can read.
async fn heal_and_poison(stack: &RunningStack, lines: &Lines) {
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("AWS clients");
    let streams = aws.streams().await.expect("streams");
    let (stream, _) = streams.iter().max_by_key(|(_, commits)| commits.len()).expect("a stream");
    let id: StreamId = stream.parse().expect("a stream");
    let changes = aws.changes(stream).await.expect("changes");
    let facts = registry::all::<ProjectionFacts>();
    let facts = facts.iter().find(|facts| facts.category == *id.category()).expect("a projection");
    let key = (facts.checkpoint)(&id).key_at(StreamVersion::new(changes.len() as u64));
    let mut attempts = 0..ATTEMPTS;
    while !aws.has_query_item(&key.pk, &key.sk).await.expect("an answer") {
        assert!(attempts.next().is_some(), "the view of {stream} has no checkpoint");
        tokio::time::sleep(PAUSE).await;
    }
    aws.delete_query_item(&key.pk, &key.sk).await.expect("deleted");
    aws.put(changes.last().expect("a change").to_string().as_bytes()).await.expect("put");
    until(lines, "GapsHealed", None).await;
    aws.put(changes[0].to_string().as_bytes()).await.expect("put");
    until(lines, "DuplicatesDropped", None).await;
    aws.put(b"poison").await.expect("put");
    until(lines, "PoisonRecords", None).await;
}

/// Damages the view of every order and runs reconcile until it reports one.
async fn reconcile(stack: &RunningStack, lines: &Lines) {
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    for stream in operator.aws().streams().await.expect("streams").keys() {
        if let Some(order) = stream.strip_prefix("order-") {
            operator.set_version(&format!("order#{order}"), "view", 99).await.expect("set");
        }
    }
    for _ in 0..ATTEMPTS {
        operator.invoke("reconcile", &json!({})).await.expect("a report");
        if has(lines, "ReconcileMismatches") {
            return;
        }
    }
    panic!("reconcile reports no view that differs");
}

/// Makes a command and a query fail with the outcome `internal`, because a commit and a view are damaged.
async fn fail(stack: &RunningStack, lines: &Lines) {
    let functions = &stack.template().functions;
    let projection = functions.iter().find(|function| function.binary == "order-projection");
    let environment = &projection.expect("a function").environment;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let (client, damaged) = (dynamodb(stack), Uuid::now_v7());
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("AWS clients");
    let streams = aws.streams().await.expect("streams");
    let order = streams.keys().find_map(|stream| stream.strip_prefix("order-")).expect("an order");
    let put = client.put_item().table_name(&environment["EVENT_TABLE"]);
    let put = put.item("pk", text(&format!("order-{damaged}"))).item("sk", AttributeValue::N("1".to_owned()));
    Box::pin(put.send()).await.expect("put");

    let update = client.update_item().table_name(&environment["BLUE_QUERY_TABLE"]);
    let update = update.key("pk", text(&format!("order#{order}"))).key("sk", text("view"));
    let update =
        update.update_expression("SET #version = :damaged").expression_attribute_names("#version", "version");
    Box::pin(update.expression_attribute_values(":damaged", text("damaged")).send()).await.expect("updated");

    let caller = operator(stack);
    for call in [post(format!("/commands/orders/{damaged}/confirm")), get(format!("/queries/orders/{order}"))]
    {
        let path = call.path().to_owned();
        let answer = caller.send(call).await.expect("an answer");
        assert_eq!(answer.status, 500, "{path}: {}", answer.body);
    }
    for counted in ["Commands", "Queries"] {
        until(lines, counted, Some("internal")).await;
    }
}

fn dynamodb(stack: &RunningStack) -> DynamoDb {
    let endpoint = stack.aws_endpoint().to_owned();
    let config = aws_client::config_from(|name| match name {
        "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
        "AWS_REGION" => Some(stack_base::account::REGION.to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("developer".to_owned()),
        _ => None,
    });
    DynamoDb::new(&config.expect("a configuration"))
}
