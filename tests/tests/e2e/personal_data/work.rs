//! Lets every function of an embedded stack work on personal fields that are markers.

use std::collections::BTreeSet;

use e2e::{
    ApiClient, Aws, ConsumerTemplate, Lines, Operator, SHORTEST_TIMES, carry_out_samples, get, post,
    wait_until_caught_up,
};
use es_core::{Commit, EventAppender};
use event_store::DynamoEventStore;
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::{Value, json};

use crate::personal_data::markers::MarkedField;
use crate::personal_data::stores::{self, Clients, Key, Stored};
use crate::personal_data::streams;

/// The number of commits after which the next commit of an order carries a snapshot.
const BEFORE_SNAPSHOT: u64 = 7;

/// Everything that the stack stores.
pub(crate) struct Found {
    /// The stored texts.
    pub(crate) stored: Vec<Stored>,
    /// The values of all keys.
    pub(crate) keys: Vec<Key>,
    /// The logical ids of the tables, streams and queues that were searched.
    pub(crate) searched: BTreeSet<String>,
}

/// Runs a stack and returns everything that it stores.
pub(crate) async fn run(fields: &[MarkedField]) -> Found {
    let project = StackOptions::default().project;
    let template = ConsumerTemplate::new(&project, stores::BUS, "").expect("a template");
    let given = [&SHORTEST_TIMES[..], &[("EventBusName", "default"), ("RebuildSegments", "1")]].concat();
    let parameters = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let template_path = Some(template.path().to_owned());
    let options = StackOptions { template: template_path, parameters, ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let lines = Lines::of_stack(&stack);
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    operator.rebuild(&json!({"task": "begin", "empty": true})).await.expect("a second generation");
    carry_out_samples(&stack).await.expect("samples");

    let copies = streams::marked(&operator.aws().streams().await.expect("streams"), fields);
    let opening = copies.iter().find(|copy| copy[0].events[0].event_type == "OrderCreated");
    let long = streams::long(opening.expect("an order"), BEFORE_SNAPSHOT);
    let clients = Clients::new(&stack);
    append(&stack, &clients, copies.iter().flatten().chain(&long)).await;
    caught_up(&stack).await;
    call(&stack, &long[0].stream.uuid().to_string(), fields).await;
    for copy in &copies {
        poison(operator.aws(), copy, fields).await;
    }
    caught_up(&stack).await;
    let letters = operator.peek("DeadLetterQueue").await.expect("letters");
    assert!(!letters.is_empty(), "no record was set aside");

    let mut found = Found { stored: Vec::new(), keys: Vec::new(), searched: BTreeSet::new() };
    stores::tables(&stack, &clients, &mut found).await;
    stores::streams(&stack, &clients, &mut found).await;
    stores::queues(&stack, &clients, &mut found).await;
    stores::spans(&stack, &mut found);
    stack.shutdown().await;
    stores::lines(&lines, &mut found);
    found
}

async fn caught_up(stack: &RunningStack) {
    wait_until_caught_up(stack.aws_endpoint()).await.expect("mappings that are done");
}

/// Appends `commits` as a command does.
async fn append(stack: &RunningStack, clients: &Clients, commits: impl Iterator<Item = &Commit>) {
    let table = stack.template().tables.iter().find(|table| table.logical_id == "EventTable");
    let table = table.expect("an event table").name.clone();
    let store = DynamoEventStore::new(clients.dynamodb.clone(), table);
    for commit in commits {
        store.append(commit).await.expect("appended");
    }
}

/// Sends requests that have personal values in the caller, the headers, the path, the query and the body.
async fn call(stack: &RunningStack, order: &str, fields: &[MarkedField]) {
    let marker = |path: &str| {
        let field = fields.iter().find(|field| field.field.path == path);
        field.unwrap_or_else(|| panic!("{path} is not declared")).marker.clone()
    };
    let caller = |subject: &str, scope: &str| {
        let token = stack.token(subject, scope).expect("a token");
        ApiClient::new(stack.base_url()).expect("a client").with(token)
    };
    let customer = marker("OrderCreated.user_id");
    let (admin, owner) =
        (caller(&marker("Metadata.actor"), "orders:admin"), caller(&customer, "orders:read orders:write"));
    let cancel = post(format!("/commands/orders/{order}/cancel"))
        .header("idempotency-key", format!("{}-cancel", marker("Metadata.key")))
        .json(&json!({"reason": marker("OrderCancelled.reason")}));
    let cancelled = admin.send(cancel).await.expect("an answer");
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    caught_up(stack).await;
    let tracking = marker("OrderShipped.tracking_number");
    for path in [
        format!("/queries/orders/{order}"),
        format!("/queries/orders/{order}/events"),
        format!("/queries/orders?user_id={customer}"),
        format!("/queries/orders/search?q={tracking}%20{customer}"),
    ] {
        let answer = owner.send(get(path.clone())).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

/// Puts two records on the event stream that no projection of the category of `copy` can read: one with the schema of
/// newer code, and one with a personal text in place of a number. Each is the first record of a new stream, and has all
/// events of `copy`.
async fn poison(aws: &Aws, copy: &[Commit], fields: &[MarkedField]) {
    let change = aws.changes(&copy[0].stream.to_string()).await.expect("changes").swap_remove(0);
    let events: Vec<Value> =
        copy.iter().flat_map(|commit| &commit.events).map(|event| json!(event)).collect();
    let (mut newer, mut misshapen) = (events.clone(), events);
    newer[0]["schema"] = json!(99);
    let event_type = &copy[0].events[0].event_type;
    let field = fields.iter().find(|field| field.field.path.starts_with(&format!("{event_type}.")));
    let mut members = misshapen[0]["data"].as_object_mut().into_iter().flat_map(|data| data.values_mut());
    if let (Some(number), Some(field)) = (members.find(|value| value.is_number()), field) {
        *number = json!(field.marker);
    }
    for events in [newer, misshapen] {
        let mut record = change.clone();
        let stream = json!({"S": streams::new_stream(&copy[0].stream.to_string()).to_string()});
        record["dynamodb"]["Keys"]["pk"] = stream.clone();
        let image = &mut record["dynamodb"]["NewImage"];
        image["pk"] = stream;
        image["count"] = json!({"N": events.len().to_string()});
        image["events"] = json!({"S": json!(events).to_string()});
        aws.put(record.to_string().as_bytes()).await.expect("put");
    }
}
