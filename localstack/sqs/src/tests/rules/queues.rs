//! Queues: their attributes, lists of them, purges, and dead-letter queues.

use serde_json::{Value, json};

use super::{Client, FAILURES, ORDERS, Rule, is_refused, on, refused, rule, same};

const GET: &str = "GetQueueAttributes";
const SET: &str = "SetQueueAttributes";
const LIST: &str = "ListQueues";
const DEAD: &str = "guide: dead-letter queues";
const SOURCE: &str = "http://127.0.0.1:4566/000000000000/source";
const DEAD_URL: &str = "http://127.0.0.1:4566/000000000000/dead";
const DEAD_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = get();
    rules.extend(set());
    rules.extend(lists());
    rules.extend(dead_letters());
    rules
}

fn attributes(client: &Client, url: &str, names: &[&str]) -> Result<Value, String> {
    client.call(GET, &on(url, &json!({"AttributeNames": names})))
}

fn get() -> Vec<Rule> {
    let all = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "CreatedTimestamp",
        "DelaySeconds",
        "LastModifiedTimestamp",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "QueueArn",
        "ReceiveMessageWaitTimeSeconds",
        "VisibilityTimeout",
    ];
    vec![
        rule(GET, "no names return nothing", |client| {
            same(&client.call(GET, &on(FAILURES, &json!({})))?, &json!({}))
        }),
        rule(GET, "All returns all attributes", move |client| {
            let answer = attributes(client, FAILURES, &["All"])?;
            let names: Option<Vec<&String>> =
                answer["Attributes"].as_object().map(|found| found.keys().collect());
            same(&json!(names), &json!(all))
        }),
        rule(GET, "a name returns one attribute", |client| {
            let answer = attributes(client, FAILURES, &["QueueArn"])?;
            same(&answer["Attributes"], &json!({"QueueArn": "arn:aws:sqs:us-east-1:000000000000:failures"}))
        }),
        rule(GET, "a known attribute without a value is left out", |client| {
            same(&attributes(client, FAILURES, &["Policy", "RedrivePolicy"])?, &json!({}))
        }),
        refused(
            GET,
            "names are known",
            GET,
            on(FAILURES, &json!({"AttributeNames": ["Color"]})),
            "InvalidAttributeName",
            "Color",
        ),
        rule(GET, "messages are counted by state", |client| {
            client.send(&json!({"DelaySeconds": 900}))?;
            (0..3).try_for_each(|_| client.send(&json!({})).map(|_| ()))?;
            client.receive(&json!({}))?;
            let found = attributes(client, FAILURES, &["All"])?["Attributes"].clone();
            let counts = ["", "NotVisible", "Delayed"]
                .map(|state| found[format!("ApproximateNumberOfMessages{state}")].clone());
            same(&json!(counts), &json!(["2", "1", "1"]))
        }),
        rule(GET, "defaults are those of AWS", |client| {
            let found = attributes(client, FAILURES, &["All"])?["Attributes"].clone();
            let names = [
                "DelaySeconds",
                "MaximumMessageSize",
                "MessageRetentionPeriod",
                "ReceiveMessageWaitTimeSeconds",
                "VisibilityTimeout",
            ];
            same(&json!(names.map(|name| found[name].clone())), &json!(["0", "1048576", "345600", "0", "30"]))
        }),
    ]
}

fn set() -> Vec<Rule> {
    let ranges = [
        ("DelaySeconds: 0 to 900", "DelaySeconds", 0, 900),
        ("MaximumMessageSize: 1 KiB to 1 MiB", "MaximumMessageSize", 1024, 1_048_576),
        ("MessageRetentionPeriod: 1 minute to 14 days", "MessageRetentionPeriod", 60, 1_209_600),
        ("ReceiveMessageWaitTimeSeconds: 0 to 20", "ReceiveMessageWaitTimeSeconds", 0, 20),
        ("VisibilityTimeout: 0 to 12 hours", "VisibilityTimeout", 0, 43_200),
    ];
    let change = |client: &Client, name: &str, value: &str| {
        client.call(SET, &on(FAILURES, &json!({"Attributes": {name: value}}))).map(|_| ())
    };
    let mut rules: Vec<Rule> = Vec::new();
    for (rule_name, name, least, most) in ranges {
        rules.push(rule(SET, rule_name, move |client| {
            for value in [least, most] {
                change(client, name, &value.to_string())?;
                same(&attributes(client, FAILURES, &[name])?["Attributes"][name], &json!(value.to_string()))?;
            }
            for value in [(least - 1).to_string(), (most + 1).to_string(), "x".to_owned()] {
                let request = on(FAILURES, &json!({"Attributes": {name: value}}));
                is_refused(client, SET, &request, "InvalidAttributeValue", name)?;
            }
            Ok(())
        }));
    }
    let refused_change = |name, attributes: Value, code, text| {
        refused(SET, name, SET, on(FAILURES, &json!({"Attributes": attributes})), code, text)
    };
    let redrive = |arn: &str, count: Value| {
        let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": count});
        json!({"RedrivePolicy": policy.to_string()})
    };
    let orders = "arn:aws:sqs:us-east-1:000000000000:orders";
    rules.extend([
        refused_change("names are known", json!({"Color": "blue"}), "InvalidAttributeName", "Color"),
        refused_change(
            "what the stack does not serve is refused by name",
            json!({"Policy": "{}"}),
            "UnsupportedOperation",
            "Policy",
        ),
        refused(
            SET,
            "attributes are required",
            SET,
            on(FAILURES, &json!({})),
            "MissingParameter",
            "Attributes",
        ),
        rule(SET, "a refused change changes nothing", |client| {
            let request =
                on(FAILURES, &json!({"Attributes": {"DelaySeconds": "5", "VisibilityTimeout": "-1"}}));
            is_refused(client, SET, &request, "InvalidAttributeValue", "VisibilityTimeout")?;
            let names = ["DelaySeconds"];
            same(&attributes(client, FAILURES, &names)?["Attributes"], &json!({"DelaySeconds": "0"}))
        }),
        rule(SET, "MaximumMessageSize limits messages", |client| {
            client.call(SET, &on(FAILURES, &json!({"Attributes": {"MaximumMessageSize": "1024"}})))?;
            let request = on(FAILURES, &json!({"MessageBody": "a".repeat(1025)}));
            is_refused(client, "SendMessage", &request, "InvalidParameterValue", "1024 bytes")
        }),
        rule(SET, "RedrivePolicy is set, and removed by an empty text", move |client| {
            client.call(SET, &on(FAILURES, &json!({"Attributes": redrive(orders, json!("3"))})))?;
            let found =
                attributes(client, FAILURES, &["RedrivePolicy"])?["Attributes"]["RedrivePolicy"].clone();
            let policy: Value = serde_json::from_str(found.as_str().unwrap_or_default()).unwrap_or_default();
            same(&policy, &json!({"deadLetterTargetArn": orders, "maxReceiveCount": 3}))?;
            client.call(SET, &on(FAILURES, &json!({"Attributes": {"RedrivePolicy": ""}})))?;
            same(&attributes(client, FAILURES, &["RedrivePolicy"])?, &json!({}))
        }),
        refused_change(
            "a dead-letter queue exists",
            redrive(DEAD_ARN, json!(3)),
            "InvalidParameterValue",
            "does not exist",
        ),
        refused_change(
            "maxReceiveCount is at least 1",
            redrive(orders, json!(0)),
            "InvalidParameterValue",
            "maxReceiveCount",
        ),
        refused_change(
            "maxReceiveCount is at most 1000",
            redrive(orders, json!(1001)),
            "InvalidParameterValue",
            "maxReceiveCount",
        ),
    ]);
    rules
}

fn lists() -> Vec<Rule> {
    let url = "GetQueueUrl";
    vec![
        rule(LIST, "all queues are listed", |client| {
            same(&client.call(LIST, &json!({}))?, &json!({"QueueUrls": [FAILURES, ORDERS]}))
        }),
        rule(LIST, "QueueNamePrefix selects queues", |client| {
            same(&client.call(LIST, &json!({"QueueNamePrefix": "ord"}))?, &json!({"QueueUrls": [ORDERS]}))
        }),
        rule(LIST, "an answer without queues has no list", |client| {
            same(&client.call(LIST, &json!({"QueueNamePrefix": "x"}))?, &json!({}))
        }),
        rule(LIST, "MaxResults and NextToken return pages", |client| {
            let first = client.call(LIST, &json!({"MaxResults": 1}))?;
            same(&first["QueueUrls"], &json!([FAILURES]))?;
            let rest = json!({"MaxResults": 1, "NextToken": first["NextToken"]});
            same(&client.call(LIST, &rest)?, &json!({"QueueUrls": [ORDERS]}))
        }),
        refused(
            LIST,
            "MaxResults is at least 1",
            LIST,
            json!({"MaxResults": 0}),
            "InvalidParameterValue",
            "MaxResults",
        ),
        refused(
            LIST,
            "MaxResults is at most 1000",
            LIST,
            json!({"MaxResults": 1001}),
            "InvalidParameterValue",
            "MaxResults",
        ),
        rule(url, "a name has a URL", move |client| {
            same(&client.call(url, &json!({"QueueName": "orders"}))?, &json!({"QueueUrl": ORDERS}))
        }),
        refused(
            url,
            "the queue exists",
            url,
            json!({"QueueName": "Orders"}),
            "QueueDoesNotExist",
            "does not exist",
        ),
        refused(url, "a name is required", url, json!({}), "MissingParameter", "QueueName"),
        refused(
            url,
            "another account has no queues",
            url,
            json!({"QueueName": "orders", "QueueOwnerAWSAccountId": "111111111111"}),
            "QueueDoesNotExist",
            "does not exist",
        ),
        refused(
            "the stack's own rule",
            "FIFO queues are refused by name",
            url,
            json!({"QueueName": "orders.fifo"}),
            "UnsupportedOperation",
            "FIFO queues are not served by the local stack: orders.fifo",
        ),
        rule("PurgeQueue", "all messages are deleted, in flight too", |client| {
            client.send(&json!({}))?;
            client.send(&json!({}))?;
            client.receive(&json!({}))?;
            client.call("PurgeQueue", &on(FAILURES, &json!({})))?;
            let counts = client.sqs.counts("failures").map_err(|error| error.to_string())?;
            same(&json!([counts.visible, counts.in_flight]), &json!([0, 0]))
        }),
        rule("PurgeQueue", "a queue is purged once in 60 seconds", |client| {
            client.call("PurgeQueue", &on(FAILURES, &json!({})))?;
            is_refused(client, "PurgeQueue", &on(FAILURES, &json!({})), "PurgeQueueInProgress", "60 seconds")
        }),
    ]
}

/// Receives from a queue without hiding the message.
fn peek(client: &Client, url: &str) -> Result<Value, String> {
    let request = on(url, &json!({"VisibilityTimeout": 0, "AttributeNames": ["All"]}));
    Ok(client.call("ReceiveMessage", &request)?["Messages"][0].clone())
}

fn dead_letters() -> Vec<Rule> {
    /// A client whose message was received twice and then moved, and the message.
    fn moved() -> Result<(Client, Value, Value), String> {
        let client = Client::with_redrive();
        let sent = client.call("SendMessage", &on(SOURCE, &json!({"MessageBody": "one"})))?;
        let second =
            (0..2).map(|_| peek(&client, SOURCE)).collect::<Result<Vec<_>, _>>()?.pop().unwrap_or_default();
        same(&second["Attributes"]["ApproximateReceiveCount"], &json!("2"))?;
        same(&peek(&client, SOURCE)?, &Value::Null)?;
        let message = peek(&client, DEAD_URL)?;
        Ok((client, sent, message))
    }
    let sources = "ListDeadLetterSourceQueues";
    vec![
        rule(DEAD, "a message is moved after maxReceiveCount receives, and keeps its id", |_| {
            let (_, sent, message) = moved()?;
            same(&json!([message["MessageId"], message["Body"]]), &json!([sent["MessageId"], "one"]))
        }),
        rule("ReceiveMessage", "a moved message has the ARN of its source", |_| {
            let source = "arn:aws:sqs:us-east-1:000000000000:source";
            same(&moved()?.2["Attributes"]["DeadLetterQueueSourceArn"], &json!(source))
        }),
        rule("ReceiveMessage", "receives are counted across queues", |_| {
            same(&moved()?.2["Attributes"]["ApproximateReceiveCount"], &json!("3"))
        }),
        rule(DEAD, "a queue without a policy gives up no message", |client| {
            client.send(&json!({}))?;
            (0..20).try_for_each(|_| client.receive(&json!({"VisibilityTimeout": 0})).map(|_| ()))
        }),
        rule(sources, "the queues with this dead-letter queue are listed", move |_| {
            let client = Client::with_redrive();
            same(&client.call(sources, &on(DEAD_URL, &json!({})))?, &json!({"queueUrls": [SOURCE]}))?;
            same(&client.call(sources, &on(SOURCE, &json!({})))?, &json!({}))
        }),
        rule(GET, "RedrivePolicy has ARN and count", |_| {
            let found = attributes(&Client::with_redrive(), SOURCE, &["RedrivePolicy"])?;
            let policy = found["Attributes"]["RedrivePolicy"].as_str().unwrap_or_default().to_owned();
            let policy: Value = serde_json::from_str(&policy).map_err(|error| error.to_string())?;
            same(&policy, &json!({"deadLetterTargetArn": DEAD_ARN, "maxReceiveCount": 2}))
        }),
    ]
}
