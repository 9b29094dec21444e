//! What a received message has, and how long a receive hides it.

use serde_json::{Value, json};

use super::{FAILURES, Rule, on, refused, rule, same, text};

const API: &str = "ReceiveMessage";
const BLUE: &str = "da1b33cc3cbfe8b1630921e78e6b9880";

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = messages();
    rules.extend(system_attributes());
    rules.extend(message_attributes());
    rules
}

fn messages() -> Vec<Rule> {
    let receive = |members: Value| on(FAILURES, &members);
    let invalid = "InvalidParameterValue";
    vec![
        rule(API, "an answer without messages has no list", super::Client::is_empty),
        rule(API, "a message has the MD5 of its body", |client| {
            client.send(&json!({"MessageBody": "This is a test message"}))?;
            same(&client.receive(&json!({}))?["MD5OfBody"], &json!("fafb00f5732ab283681e124bf8747ed1"))
        }),
        rule(API, "one message is received by default, and up to 10", |client| {
            (0..12).try_for_each(|_| client.send(&json!({})).map(|_| ()))?;
            let number = |members: Value| {
                let answer = client.call("ReceiveMessage", &on(FAILURES, &members));
                answer.map(|answer| answer["Messages"].as_array().map(Vec::len))
            };
            same(&json!([number(json!({}))?, number(json!({"MaxNumberOfMessages": 10}))?]), &json!([1, 10]))
        }),
        refused(
            API,
            "MaxNumberOfMessages is at least 1",
            API,
            receive(json!({"MaxNumberOfMessages": 0})),
            invalid,
            "between 1 and 10",
        ),
        refused(
            API,
            "MaxNumberOfMessages is at most 10",
            API,
            receive(json!({"MaxNumberOfMessages": 11})),
            invalid,
            "between 1 and 10",
        ),
        refused(
            API,
            "WaitTimeSeconds is at most 20",
            API,
            receive(json!({"WaitTimeSeconds": 21})),
            invalid,
            "between 0 and 20",
        ),
        refused(
            API,
            "WaitTimeSeconds is at least 0",
            API,
            receive(json!({"WaitTimeSeconds": -1})),
            invalid,
            "between 0 and 20",
        ),
        refused(
            API,
            "VisibilityTimeout is at most 12 hours",
            API,
            receive(json!({"VisibilityTimeout": 43_201})),
            invalid,
            "between 0 and 43200",
        ),
        rule(API, "a received message is hidden", |client| {
            client.send(&json!({}))?;
            client.receive(&json!({}))?;
            client.is_empty()
        }),
        rule(API, "a VisibilityTimeout of 0 hides nothing, and each receive has its own handle", |client| {
            client.send(&json!({}))?;
            let first = client.receive(&json!({"VisibilityTimeout": 0}))?;
            let second = client.receive(&json!({"VisibilityTimeout": 0}))?;
            same(&second["MessageId"], &first["MessageId"])?;
            if first["ReceiptHandle"] == second["ReceiptHandle"] {
                Err("one handle".to_owned())
            } else {
                Ok(())
            }
        }),
        refused(
            API,
            "the queue exists",
            API,
            on("http://127.0.0.1:4566/000000000000/other", &json!({})),
            "QueueDoesNotExist",
            "does not exist",
        ),
    ]
}

fn system_attributes() -> Vec<Rule> {
    let names = |message: &Value| {
        message["Attributes"].as_object().map(|all| all.keys().cloned().collect::<Vec<_>>())
    };
    let four = ["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"];
    vec![
        rule(API, "a message has only the attributes that are asked for", |client| {
            client.send(&json!({"MessageAttributes": {"color": text("blue")}}))?;
            let message = client.receive(&json!({}))?;
            let found =
                [&message["Attributes"], &message["MessageAttributes"], &message["MD5OfMessageAttributes"]];
            same(&json!(found), &json!([null, null, null]))
        }),
        rule(API, "AttributeNames with All asks for all system attributes", move |client| {
            client.send(&json!({}))?;
            same(&json!(names(&client.receive(&json!({"AttributeNames": ["All"]}))?)), &json!(four))
        }),
        rule(API, "MessageSystemAttributeNames with All asks for the same", move |client| {
            client.send(&json!({}))?;
            same(
                &json!(names(&client.receive(&json!({"MessageSystemAttributeNames": ["All"]}))?)),
                &json!(four),
            )
        }),
        rule(API, "a name asks for one system attribute", |client| {
            client.send(&json!({}))?;
            let message =
                client.receive(&json!({"MessageSystemAttributeNames": ["ApproximateReceiveCount"]}))?;
            same(&message["Attributes"], &json!({"ApproximateReceiveCount": "1"}))
        }),
        rule(API, "a known system attribute without a value is left out", |client| {
            client.send(&json!({}))?;
            same(&client.receive(&json!({"AttributeNames": ["SequenceNumber"]}))?["Attributes"], &json!(null))
        }),
        refused(
            API,
            "the names of system attributes are known",
            API,
            on(FAILURES, &json!({"AttributeNames": ["Color"]})),
            "InvalidAttributeName",
            "Color",
        ),
        rule(API, "ApproximateReceiveCount counts receives", |client| {
            client.send(&json!({}))?;
            let count = json!({"AttributeNames": ["ApproximateReceiveCount"], "VisibilityTimeout": 0});
            client.receive(&count)?;
            same(&client.receive(&count)?["Attributes"], &json!({"ApproximateReceiveCount": "2"}))
        }),
        rule(
            API,
            "ApproximateFirstReceiveTimestamp is that of the first receive, in milliseconds",
            |client| {
                client.send(&json!({}))?;
                let ask =
                    json!({"AttributeNames": ["ApproximateFirstReceiveTimestamp"], "VisibilityTimeout": 0});
                let first = client.receive(&ask)?["Attributes"].clone();
                same(&json!(first["ApproximateFirstReceiveTimestamp"].as_str().map(str::len)), &json!(13))?;
                let now = stack_base::clock::now_ms();
                while stack_base::clock::now_ms() <= now {
                    std::thread::yield_now();
                }
                same(&client.receive(&ask)?["Attributes"], &first)
            },
        ),
    ]
}

fn message_attributes() -> Vec<Rule> {
    let rule_of = |name: &'static str, asked: Value, expected: &'static [&'static str]| {
        rule(API, name, move |client| {
            let attributes = json!({"color": text("blue"), "bar.one": text("1"), "bar.two": text("2")});
            client.send(&json!({"MessageAttributes": attributes}))?;
            let message = client.receive(&json!({"MessageAttributeNames": asked}))?;
            let found: Option<Vec<&String>> =
                message["MessageAttributes"].as_object().map(|all| all.keys().collect());
            same(&json!(found), &json!(expected))
        })
    };
    vec![
        rule_of("a name asks for one message attribute", json!(["color"]), &["color"]),
        rule_of("All asks for all message attributes", json!(["All"]), &["bar.one", "bar.two", "color"]),
        rule_of(".* asks for all message attributes", json!([".*"]), &["bar.one", "bar.two", "color"]),
        rule_of(
            "a prefix with .* asks for the attributes that start with it",
            json!(["bar.*"]),
            &["bar.one", "bar.two"],
        ),
        rule(API, "names of attributes that a message does not have select nothing", |client| {
            client.send(&json!({"MessageAttributes": {"color": text("blue")}}))?;
            same(
                &client.receive(&json!({"MessageAttributeNames": ["Color"]}))?["MessageAttributes"],
                &json!(null),
            )
        }),
        rule(API, "the digest covers the attributes that are returned", |client| {
            client.send(&json!({"MessageAttributes": {"color": text("blue"), "size": text("L")}}))?;
            let message = client.receive(&json!({"MessageAttributeNames": ["color"]}))?;
            same(
                &json!([message["MD5OfMessageAttributes"], message["MessageAttributes"]]),
                &json!([BLUE, {"color": text("blue")}]),
            )
        }),
    ]
}
