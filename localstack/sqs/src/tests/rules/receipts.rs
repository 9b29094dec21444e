//! Receipt handles: deletes and changes of visibility.

use serde_json::{Value, json};

use super::{Client, FAILURES, ORDERS, Rule, is_refused, on, refused, rule, same};

const DELETE: &str = "DeleteMessage";
const CHANGE: &str = "ChangeMessageVisibility";
const INVALID: &str = "InvalidParameterValue";
const BAD: &str = "ReceiptHandleIsInvalid";

/// Sends and receives a message, and returns its receipt handle.
fn handle(client: &Client) -> Result<Value, String> {
    client.send(&json!({}))?;
    Ok(client.receive(&json!({}))?["ReceiptHandle"].clone())
}

fn delete(client: &Client, handle: &Value) -> Result<(), String> {
    client.call(DELETE, &on(FAILURES, &json!({"ReceiptHandle": handle}))).map(|_| ())
}

fn change(handle: &Value, seconds: i64) -> Value {
    on(FAILURES, &json!({"ReceiptHandle": handle, "VisibilityTimeout": seconds}))
}

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = deletes();
    rules.extend(changes());
    rules
}

fn made_up() -> Value {
    on(FAILURES, &json!({"ReceiptHandle": "made-up", "VisibilityTimeout": 0}))
}

fn deletes() -> Vec<Rule> {
    vec![
        rule(DELETE, "a deleted message is gone", |client| {
            delete(client, &handle(client)?)?;
            let counts = client.sqs.counts("failures").map_err(|error| error.to_string())?;
            same(&json!([counts.visible, counts.in_flight, counts.delayed]), &json!([0, 0, 0]))
        }),
        rule(DELETE, "a second delete succeeds", |client| {
            let handle = handle(client)?;
            delete(client, &handle)?;
            delete(client, &handle)
        }),
        rule(DELETE, "an older handle succeeds and deletes nothing", |client| {
            client.send(&json!({}))?;
            let older = client.receive(&json!({"VisibilityTimeout": 0}))?["ReceiptHandle"].clone();
            client.receive(&json!({"VisibilityTimeout": 0}))?;
            delete(client, &older)?;
            client.receive(&json!({})).map(|_| ())
        }),
        rule(DELETE, "a handle deletes after the visibility timeout too", |client| {
            client.send(&json!({}))?;
            delete(client, &client.receive(&json!({"VisibilityTimeout": 0}))?["ReceiptHandle"])?;
            client.is_empty()
        }),
        refused(
            DELETE,
            "a handle is required",
            DELETE,
            on(FAILURES, &json!({})),
            "MissingParameter",
            "ReceiptHandle",
        ),
        refused(
            DELETE,
            "a handle is one that SQS issued",
            DELETE,
            made_up(),
            BAD,
            "receipt handle is invalid",
        ),
        rule(DELETE, "a handle is one of the queue", move |client| {
            let handle = json!({"ReceiptHandle": handle(client)?});
            is_refused(client, DELETE, &on(ORDERS, &handle), BAD, "receipt handle is invalid")
        }),
    ]
}

fn changes() -> Vec<Rule> {
    vec![
        rule(CHANGE, "a timeout of 0 shows the message", |client| {
            client.call(CHANGE, &change(&handle(client)?, 0))?;
            client.receive(&json!({})).map(|_| ())
        }),
        rule(CHANGE, "a longer timeout hides the message on", |client| {
            client.send(&json!({}))?;
            let handle = client.receive(&json!({"VisibilityTimeout": 30}))?["ReceiptHandle"].clone();
            client.call(CHANGE, &change(&handle, 43_200))?;
            client.is_empty()
        }),
        rule(CHANGE, "a timeout is at most 12 hours", |client| {
            is_refused(client, CHANGE, &change(&handle(client)?, 43_201), INVALID, "VisibilityTimeout")
        }),
        rule(CHANGE, "a timeout is at least 0", |client| {
            is_refused(client, CHANGE, &change(&handle(client)?, -1), INVALID, "VisibilityTimeout")
        }),
        rule(CHANGE, "a timeout is required", |client| {
            let request = on(FAILURES, &json!({"ReceiptHandle": handle(client)?}));
            is_refused(client, CHANGE, &request, "MissingParameter", "VisibilityTimeout")
        }),
        rule(
            "guide: visibility timeout",
            "a message is hidden for 12 hours in all since its receive",
            |client| {
                client.send(&json!({}))?;
                let received_ms = stack_base::clock::now_ms() - 2_000;
                let handle = crate::receipt::Receipt::issue("failures", received_ms);
                is_refused(
                    client,
                    CHANGE,
                    &change(&json!(handle), 43_199),
                    INVALID,
                    "beyond the limit [43200 seconds]",
                )
            },
        ),
        rule(CHANGE, "a visible message is not in flight", |client| {
            client.send(&json!({}))?;
            let handle = client.receive(&json!({"VisibilityTimeout": 0}))?["ReceiptHandle"].clone();
            is_refused(client, CHANGE, &change(&handle, 10), "MessageNotInflight", "")
        }),
        rule(CHANGE, "a deleted message does not exist", |client| {
            let handle = handle(client)?;
            delete(client, &handle)?;
            is_refused(client, CHANGE, &change(&handle, 10), INVALID, "Message does not exist")
        }),
        refused(
            CHANGE,
            "a handle is one that SQS issued",
            CHANGE,
            made_up(),
            BAD,
            "receipt handle is invalid",
        ),
    ]
}
