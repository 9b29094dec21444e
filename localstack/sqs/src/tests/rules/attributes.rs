//! Attributes of messages.

use serde_json::{Map, Value, json};

use super::{Client, FAILURES, Rule, is_refused, on, rule, same, text};

const GUIDE: &str = "guide: message attributes";
const SYSTEM: &str = "guide: message system attributes";
const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = digests();
    rules.extend(names());
    rules.extend(values());
    rules.extend(system());
    rules
}

/// The expected digests were computed from the guide's description with another program.
fn digests() -> Vec<Rule> {
    let source = "guide: MD5 message digest for message attributes";
    vec![
        rule(source, "the digest of one attribute", |client| {
            let attribute = json!({"test_attribute_name_1": text("test_attribute_value_1")});
            let sent = client.send(&json!({"MessageAttributes": attribute}))?;
            same(&sent["MD5OfMessageAttributes"], &json!("ba056227cfd9533dba1f72ad9816d233"))
        }),
        rule(source, "the digest sorts by name and covers custom types, numbers and bytes", |client| {
            let attributes = json!({
                "b": {"DataType": "Number.int", "StringValue": "42"},
                "a": text("grün"),
                "C": {"DataType": "Binary.png", "BinaryValue": "AP8B"},
            });
            let sent = client.send(&json!({"MessageAttributes": attributes}))?;
            same(&sent["MD5OfMessageAttributes"], &json!("6d76a09ee37136b4b0a721088ec69345"))
        }),
        rule(source, "the digest of system attributes is one of its own", |client| {
            let sent = client.send(&json!({"MessageSystemAttributes": {"AWSTraceHeader": text(TRACE)}}))?;
            let digests = json!([sent["MD5OfMessageSystemAttributes"], sent["MD5OfMessageAttributes"]]);
            same(&digests, &json!(["5f48eef650c1d0207456969c85af2fdd", null]))
        }),
    ]
}

/// The rule that a message with one attribute is refused.
fn refused(
    source: &'static str,
    name: &'static str,
    attribute: &str,
    value: Value,
    part: &'static str,
) -> Rule {
    let mut request = json!({"MessageBody": "one"});
    request["MessageAttributes"][attribute] = value;
    rule(source, name, move |client| {
        is_refused(client, "SendMessage", &on(FAILURES, &request), "InvalidParameterValue", part)
    })
}

fn many(client: &Client, number: usize) -> Result<(), String> {
    let attributes: Map<String, Value> = (0..number).map(|number| (number.to_string(), text("v"))).collect();
    client.send(&json!({"MessageAttributes": attributes})).map(|_| ())
}

fn names() -> Vec<Rule> {
    vec![
        rule("guide: message quotas", "a message has up to 10 attributes", |client| many(client, 10)),
        rule("guide: message quotas", "a message has at most 10 attributes", |client| {
            match many(client, 11) {
                Err(error) if error.contains("[11] exceeds the allowed maximum [10]") => Ok(()),
                other => Err(format!("{other:?}")),
            }
        }),
        rule(GUIDE, "a name has letters, digits, underscore, hyphen and period", |client| {
            client.send(&json!({"MessageAttributes": {"aZ0_-.x": text("v")}})).map(|_| ())
        }),
        refused(GUIDE, "a name has no other characters", "a b", text("v"), "alphanumeric"),
        refused(GUIDE, "a name does not start with AWS.", "AWS.a", text("v"), "reserved prefix"),
        refused(
            GUIDE,
            "a name does not start with Amazon. in any case",
            "aMaZoN.a",
            text("v"),
            "reserved prefix",
        ),
        refused(GUIDE, "a name does not start with a period", ".a", text("v"), "period"),
        refused(GUIDE, "a name does not end with a period", "a.", text("v"), "period"),
        refused(GUIDE, "a name has no periods in succession", "a..b", text("v"), "period"),
        rule(GUIDE, "a name has up to 256 characters", |client| {
            client.send(&json!({"MessageAttributes": {"n".repeat(256): text("v")}})).map(|_| ())
        }),
        refused(GUIDE, "a name has at most 256 characters", &"n".repeat(257), text("v"), "256"),
    ]
}

fn values() -> Vec<Rule> {
    let value = |kind: &str, value: &str| json!({"DataType": kind, "StringValue": value});
    vec![
        refused(GUIDE, "a type is required", "a", json!({"StringValue": "v"}), "type"),
        refused(
            GUIDE,
            "a type is String, Number or Binary",
            "a",
            value("Text", "v"),
            "Binary, Number, and String",
        ),
        refused(
            GUIDE,
            "a type has at most 256 characters",
            "a",
            value(&format!("String.{}", "x".repeat(250)), "v"),
            "type",
        ),
        refused(GUIDE, "a value is not empty", "a", value("String", ""), "non-empty"),
        refused(GUIDE, "a value is required", "a", json!({"DataType": "String"}), "non-empty"),
        refused(GUIDE, "a binary attribute has no text", "a", value("Binary", "v"), "Binary"),
        refused(
            GUIDE,
            "an attribute has one value",
            "a",
            json!({"DataType": "String", "StringValue": "v", "BinaryValue": "AP8B"}),
            "no other",
        ),
        refused(GUIDE, "a number is a number", "a", value("Number", "NaN"), "number"),
        refused(GUIDE, "a number has up to 38 digits", "a", value("Number", &"9".repeat(39)), "number"),
        rule(GUIDE, "a number can have 38 digits, a fraction and an exponent", move |client| {
            ["9".repeat(38).as_str(), "-1.5", "1e-128"].iter().try_for_each(|number| {
                client.send(&json!({"MessageAttributes": {"a": value("Number", number)}})).map(|_| ())
            })
        }),
        rule("MessageAttributeValue", "lists of values are not implemented", |client| {
            let list = json!({"DataType": "String", "StringListValues": ["v"]});
            let request = on(FAILURES, &json!({"MessageBody": "one", "MessageAttributes": {"a": list}}));
            is_refused(client, "SendMessage", &request, "UnsupportedOperation", "list values")
        }),
        rule("MessageAttributeValue", "a text has the characters that a body may have", |client| {
            let request =
                on(FAILURES, &json!({"MessageBody": "one", "MessageAttributes": {"a": text("\u{1}")}}));
            is_refused(client, "SendMessage", &request, "InvalidMessageContents", "#x1")
        }),
    ]
}

fn system() -> Vec<Rule> {
    let refused = |name, attributes: Value, part| {
        let request = json!({"MessageBody": "one", "MessageSystemAttributes": attributes});
        rule(SYSTEM, name, move |client| {
            is_refused(client, "SendMessage", &on(FAILURES, &request), "InvalidParameterValue", part)
        })
    };
    vec![
        rule(SYSTEM, "AWSTraceHeader is received when asked for", |client| {
            client.send(&json!({"MessageSystemAttributes": {"AWSTraceHeader": text(TRACE)}}))?;
            let received = client.receive(&json!({"AttributeNames": ["AWSTraceHeader"]}))?;
            same(&received["Attributes"], &json!({"AWSTraceHeader": TRACE}))
        }),
        refused("no other system attribute is sent", json!({"SenderId": text("me")}), "SenderId"),
        refused("AWSTraceHeader is a trace header", json!({"AWSTraceHeader": text("x")}), "trace header"),
        refused(
            "AWSTraceHeader is text",
            json!({"AWSTraceHeader": {"DataType": "Binary", "BinaryValue": "AP8B"}}),
            "type 'String'",
        ),
    ]
}
