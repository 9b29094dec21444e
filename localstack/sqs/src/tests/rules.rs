//! What AWS documents of SQS's standard queues, as one table. Each rule names its source: an operation or a type of the
//! SQS API reference, or a page of the SQS developer guide.

mod attributes;
mod batches;
mod queues;
mod receipts;
mod receiving;
mod sending;

use std::time::Duration;

use serde_json::{Value, json};
use stack_template::{Queue, Redrive};
use tokio::runtime::{Builder, Runtime};

use super::{open, queue};
use crate::{Sqs, api, query_error};

/// Number of rules in the table. `localstack/README.md` states it.
const RULES: usize = 161;
const FAILURES: &str = "http://127.0.0.1:4566/000000000000/failures";
const ORDERS: &str = "http://127.0.0.1:4566/000000000000/orders";

type Check = dyn Fn(&Client) -> Result<(), String>;

/// One rule, and the check that it holds.
struct Rule {
    source: &'static str,
    name: &'static str,
    check: Box<Check>,
}

/// A caller of the queues `failures` and `orders`. `orders` delays its messages by 15 minutes.
struct Client {
    sqs: Sqs,
    runtime: Runtime,
}

impl Client {
    fn new() -> Self {
        let orders = Queue { delay: Duration::from_mins(15), ..queue("orders") };
        Self::of(&[queue("failures"), orders])
    }

    fn of(queues: &[Queue]) -> Self {
        Self { sqs: open(queues), runtime: Builder::new_current_thread().enable_time().build().unwrap() }
    }

    /// Queues `source` and `dead`; `source` gives up a message after two receives.
    fn with_redrive() -> Self {
        let redrive = Redrive { dead_letter_queue: "dead".to_owned(), maximum_receives: 2 };
        Self::of(&[Queue { redrive: Some(redrive), ..queue("source") }, queue("dead")])
    }

    fn call(&self, operation: &str, request: &Value) -> Result<Value, String> {
        let answer = self.runtime.block_on(api::call(&self.sqs, operation, request.to_string().as_bytes()));
        answer.map_err(|error| format!("{operation}: {error:?}"))
    }

    /// The code and the message of a refusal.
    fn refusal(&self, operation: &str, request: &Value) -> Result<(String, String), String> {
        let answer = self.runtime.block_on(api::call(&self.sqs, operation, request.to_string().as_bytes()));
        let error = answer.err().ok_or_else(|| format!("{operation} was accepted"))?;
        Ok((error.code.trim_start_matches("com.amazonaws.sqs#").to_owned(), error.message))
    }

    fn send(&self, members: &Value) -> Result<Value, String> {
        self.call("SendMessage", &on(FAILURES, &with(&json!({"MessageBody": "one"}), members)))
    }

    /// Receives one message, which must exist.
    fn receive(&self, members: &Value) -> Result<Value, String> {
        let message = self.call("ReceiveMessage", &on(FAILURES, members))?["Messages"][0].clone();
        if message.is_null() { Err("no message".to_owned()) } else { Ok(message) }
    }

    fn is_empty(&self) -> Result<(), String> {
        same(&self.call("ReceiveMessage", &on(FAILURES, &json!({})))?, &json!({}))
    }
}

#[test]
fn every_rule_of_sqs_holds() {
    let tables = [
        sending::rules(),
        attributes::rules(),
        receiving::rules(),
        receipts::rules(),
        batches::rules(),
        queues::rules(),
    ];
    let rules: Vec<Rule> = tables.into_iter().flatten().collect();
    let broken = |rule: &Rule| {
        let problem = (rule.check)(&Client::new()).err()?;
        Some(format!("{} ({}): {problem}", rule.name, rule.source))
    };
    let broken: Vec<String> = rules.iter().filter_map(broken).collect();
    assert!(broken.is_empty(), "{} of {} rules broken:\n{}", broken.len(), rules.len(), broken.join("\n"));
    assert_eq!(rules.len(), RULES);
}

#[test]
fn sdks_get_the_codes_of_the_query_protocol() {
    for (operation, request, code) in [
        ("GetQueueUrl", json!({"QueueName": "other"}), "AWS.SimpleQueueService.NonExistentQueue;Sender"),
        ("SendMessageBatch", on(FAILURES, &json!({})), "AWS.SimpleQueueService.EmptyBatchRequest;Sender"),
        ("SendMessage", on(FAILURES, &json!({})), "MissingParameter;Sender"),
    ] {
        let client = Client::new();
        let answer =
            client.runtime.block_on(api::call(&client.sqs, operation, request.to_string().as_bytes()));
        assert_eq!(query_error(&answer.unwrap_err()), code);
    }
}

fn rule(
    source: &'static str,
    name: &'static str,
    check: impl Fn(&Client) -> Result<(), String> + 'static,
) -> Rule {
    Rule { source, name, check: Box::new(check) }
}

/// The rule that SQS refuses a request with this code, and that the message contains a text.
fn refused(
    source: &'static str,
    name: &'static str,
    operation: &'static str,
    request: Value,
    code: &'static str,
    text: &'static str,
) -> Rule {
    rule(source, name, move |client| is_refused(client, operation, &request, code, text))
}

fn is_refused(
    client: &Client,
    operation: &str,
    request: &Value,
    code: &str,
    text: &str,
) -> Result<(), String> {
    let (found, message) = client.refusal(operation, request)?;
    let is_right = found == code && message.contains(text);
    is_right.then_some(()).ok_or_else(|| format!("{found}: {message} instead of {code}: {text}"))
}

fn same(found: &Value, expected: &Value) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{found} instead of {expected}")) }
}

/// The members of both objects.
fn with(members: &Value, more: &Value) -> Value {
    let mut all = members.clone();
    more.as_object().unwrap().iter().for_each(|(name, value)| all[name] = value.clone());
    all
}

/// A request on a queue.
fn on(url: &str, members: &Value) -> Value {
    with(&json!({"QueueUrl": url}), members)
}

fn text(value: &str) -> Value {
    json!({"DataType": "String", "StringValue": value})
}
