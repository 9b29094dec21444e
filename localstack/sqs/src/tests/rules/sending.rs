//! Messages: their size, their characters, their delay and their digests.

use serde_json::{Value, json};

use super::{FAILURES, ORDERS, Rule, on, refused, rule, same, text};

const API: &str = "SendMessage";
const QUOTAS: &str = "guide: message quotas";
const MIB: usize = 1024 * 1024;

#[expect(clippy::too_many_lines, reason = "the function is a table")]
pub(super) fn rules() -> Vec<Rule> {
    let message = |members: Value| on(FAILURES, &super::with(&json!({"MessageBody": "one"}), &members));
    let body = |body: &str| on(FAILURES, &json!({"MessageBody": body}));
    let invalid = "InvalidParameterValue";
    let characters = "InvalidMessageContents";
    vec![
        rule(API, "the answer has the MD5 of the body", |client| {
            let sent = client.send(&json!({"MessageBody": "This is a test message"}))?;
            same(&sent["MD5OfMessageBody"], &json!("fafb00f5732ab283681e124bf8747ed1"))
        }),
        rule(API, "the receiver gets the id and the body that were sent", |client| {
            let sent = client.send(&json!({}))?;
            let received = client.receive(&json!({}))?;
            same(&json!([received["MessageId"], received["Body"]]), &json!([sent["MessageId"], "one"]))
        }),
        rule(API, "an answer without attributes has no digest of attributes", |client| {
            let sent = client.send(&json!({}))?;
            let digests = [&sent["MD5OfMessageAttributes"], &sent["MD5OfMessageSystemAttributes"]];
            same(&json!(digests), &json!([null, null]))
        }),
        refused(
            API,
            "a body is required",
            "SendMessage",
            on(FAILURES, &json!({})),
            "MissingParameter",
            "MessageBody",
        ),
        refused(API, "a body has a character", "SendMessage", body(""), "MissingParameter", "MessageBody"),
        rule(QUOTAS, "a message has up to 1 MiB", |client| {
            client.send(&json!({"MessageBody": "a".repeat(MIB)})).map(|_| ())
        }),
        refused(
            QUOTAS,
            "a message has at most 1 MiB",
            "SendMessage",
            body(&"a".repeat(MIB + 1)),
            invalid,
            "1048576 bytes",
        ),
        refused(
            QUOTAS,
            "the size is that of UTF-8",
            "SendMessage",
            body(&"ü".repeat(MIB / 2 + 1)),
            invalid,
            "1048576 bytes",
        ),
        refused(
            "guide: message attributes",
            "names, types and values of attributes count",
            "SendMessage",
            on(
                FAILURES,
                &json!({"MessageBody": "a".repeat(MIB - 11), "MessageAttributes": {"name": text("ab")}}),
            ),
            invalid,
            "1048576 bytes",
        ),
        rule("guide: message attributes", "a message with its attributes has up to 1 MiB", |client| {
            let body = "a".repeat(MIB - 12);
            client.send(&json!({"MessageBody": body, "MessageAttributes": {"name": text("ab")}})).map(|_| ())
        }),
        rule(API, "a system attribute does not count", |client| {
            let header = text("Root=1-5759e988-bd862e3fe1be46a994272793");
            let message = json!({"MessageBody": "a".repeat(MIB), "MessageSystemAttributes": {"AWSTraceHeader": header}});
            client.send(&message).map(|_| ())
        }),
        rule(API, "the characters of XML are allowed", |client| {
            let body = "\t\n\r \u{7F}\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}";
            client.send(&json!({"MessageBody": body}))?;
            same(&client.receive(&json!({}))?["Body"], &json!(body))
        }),
        refused(API, "#x0 is not allowed", "SendMessage", body("a\u{0}"), characters, "#x0"),
        refused(API, "#xB is not allowed", "SendMessage", body("a\u{B}"), characters, "#xB"),
        refused(API, "#xFFFE is not allowed", "SendMessage", body("a\u{FFFE}"), characters, "#xFFFE"),
        rule(API, "a delayed message is not received and is counted as delayed", |client| {
            client.send(&json!({"DelaySeconds": 900}))?;
            client.is_empty()?;
            let request = on(FAILURES, &json!({"AttributeNames": ["ApproximateNumberOfMessagesDelayed"]}));
            let counts = client.call("GetQueueAttributes", &request)?;
            same(&counts["Attributes"], &json!({"ApproximateNumberOfMessagesDelayed": "1"}))
        }),
        refused(
            API,
            "the delay is at most 900 s",
            "SendMessage",
            message(json!({"DelaySeconds": 901})),
            invalid,
            "DelaySeconds",
        ),
        refused(
            API,
            "the delay is at least 0 s",
            "SendMessage",
            message(json!({"DelaySeconds": -1})),
            invalid,
            "DelaySeconds",
        ),
        rule(API, "a message has the queue's delay", |client| {
            client.call("SendMessage", &on(ORDERS, &json!({"MessageBody": "one"})))?;
            same(&client.call("ReceiveMessage", &on(ORDERS, &json!({})))?, &json!({}))
        }),
        rule(API, "a delay of 0 overrides the queue's delay", |client| {
            client.call("SendMessage", &on(ORDERS, &json!({"MessageBody": "one", "DelaySeconds": 0})))?;
            let received = client.call("ReceiveMessage", &on(ORDERS, &json!({})))?;
            same(&received["Messages"][0]["Body"], &json!("one"))
        }),
        refused(
            API,
            "the queue exists",
            "SendMessage",
            on("http://127.0.0.1:4566/000000000000/other", &json!({"MessageBody": "one"})),
            "QueueDoesNotExist",
            "does not exist",
        ),
        refused(
            API,
            "a URL is required",
            "SendMessage",
            json!({"MessageBody": "one"}),
            "MissingParameter",
            "QueueUrl",
        ),
        rule(API, "MessageGroupId is kept in a standard queue", |client| {
            client.send(&json!({"MessageGroupId": "tenant-1"}))?;
            let received = client.receive(&json!({"MessageSystemAttributeNames": ["MessageGroupId"]}))?;
            same(&received["Attributes"], &json!({"MessageGroupId": "tenant-1"}))
        }),
        refused(
            API,
            "MessageGroupId has up to 128 characters",
            "SendMessage",
            message(json!({"MessageGroupId": "g".repeat(129)})),
            invalid,
            "MessageGroupId",
        ),
        refused(
            API,
            "MessageGroupId has no spaces",
            "SendMessage",
            message(json!({"MessageGroupId": "a b"})),
            invalid,
            "MessageGroupId",
        ),
        refused(
            API,
            "MessageDeduplicationId is for FIFO queues",
            "SendMessage",
            message(json!({"MessageDeduplicationId": "a"})),
            invalid,
            "queue type",
        ),
        rule("guide: message retention", "a message older than the retention period is gone", |client| {
            client.send(&json!({}))?;
            let old = "UPDATE messages SET sent_ms = sent_ms - 345601000";
            client.sqs.0.store.execute(old, []).map_err(|error| error.to_string())?;
            client.is_empty()
        }),
    ]
}
