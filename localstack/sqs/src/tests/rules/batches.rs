//! Batches.

use serde_json::{Value, json};

use super::{FAILURES, Rule, on, refused, rule, same, text};

const API: &str = "SendMessageBatch";

fn entries(ids: &[&str]) -> Value {
    let entry = |id: &&str| json!({"Id": id, "MessageBody": "one"});
    on(FAILURES, &json!({"Entries": ids.iter().map(entry).collect::<Vec<_>>()}))
}

fn bodies(bodies: &[&str]) -> Value {
    let entry = |(number, body): (usize, &&str)| json!({"Id": number.to_string(), "MessageBody": body});
    on(FAILURES, &json!({"Entries": bodies.iter().enumerate().map(entry).collect::<Vec<_>>()}))
}

fn ids(list: &Value) -> Option<Vec<&Value>> {
    list.as_array().map(|list| list.iter().map(|entry| &entry["Id"]).collect())
}

#[expect(clippy::too_many_lines, reason = "the function is a table")]
pub(super) fn rules() -> Vec<Rule> {
    let ten = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let eleven = [&ten[..], &["10"]].concat();
    let id = "InvalidBatchEntryId";
    let half = "a".repeat(524_288);
    let mut with_attribute = bodies(&[&half, &half]);
    with_attribute["Entries"][0]["MessageAttributes"] = json!({"a": text("b")});
    let whole = bodies(&[&half, &half]);
    let mut rules = vec![
        refused(API, "a batch has an entry", API, entries(&[]), "EmptyBatchRequest", "at least one"),
        refused(
            API,
            "a batch without entries is empty",
            API,
            on(FAILURES, &json!({})),
            "EmptyBatchRequest",
            "at least one",
        ),
        rule(API, "a batch has up to 10 entries", move |client| {
            let answer = client.call(API, &entries(&ten))?;
            same(&json!(ids(&answer["Successful"])), &json!(ten))
        }),
        refused(
            API,
            "a batch has at most 10 entries",
            API,
            entries(&eleven),
            "TooManyEntriesInBatchRequest",
            "You have sent 11",
        ),
        refused(
            API,
            "ids are distinct",
            API,
            entries(&["a", "a"]),
            "BatchEntryIdsNotDistinct",
            "Id a repeated",
        ),
        refused(
            API,
            "an id has letters, digits, hyphens and underscores",
            API,
            entries(&["a.b"]),
            id,
            "alphanumeric",
        ),
        refused(API, "an id has a character", API, entries(&[""]), id, "alphanumeric"),
        rule("guide: message quotas", "an id has up to 80 characters", |client| {
            client.call(API, &entries(&["aZ0-_", &"i".repeat(80)])).map(|_| ())
        }),
        refused(
            "guide: message quotas",
            "an id has at most 80 characters",
            API,
            entries(&[&"i".repeat(81)]),
            id,
            "80",
        ),
        rule(API, "the messages of a batch have up to 1 MiB together", move |client| {
            client.call(API, &whole).map(|_| ())
        }),
        refused(
            API,
            "the messages of a batch have at most 1 MiB together",
            API,
            bodies(&[&half, &half, "a"]),
            "BatchRequestTooLong",
            "You have sent 1048577 bytes",
        ),
        refused(
            API,
            "attributes count to the size of a batch",
            API,
            with_attribute,
            "BatchRequestTooLong",
            "1048584 bytes",
        ),
        rule(API, "entries succeed and fail one by one", |client| {
            let answer = client.call(API, &bodies(&["one", "a\u{0}", ""]))?;
            same(&json!(ids(&answer["Successful"])), &json!(["0"]))?;
            let failed = &answer["Failed"];
            same(
                &json!([failed[0]["Id"], failed[0]["SenderFault"], failed[0]["Code"]]),
                &json!(["1", true, "InvalidMessageContents"]),
            )?;
            same(
                &json!([failed[1]["Id"], failed[1]["SenderFault"], failed[1]["Code"]]),
                &json!(["2", true, "MissingParameter"]),
            )
        }),
        rule(API, "an answer without failures has no list of them", |client| {
            same(&client.call(API, &entries(&["a"]))?["Failed"], &Value::Null)
        }),
        rule(API, "an answer without successes has no list of them", |client| {
            same(&client.call(API, &bodies(&[""]))?["Successful"], &Value::Null)
        }),
        rule(API, "an entry has the digests of a message", |client| {
            let mut request = entries(&["a"]);
            request["Entries"][0]["MessageAttributes"] = json!({"color": text("blue")});
            let sent = client.call(API, &request)?["Successful"][0].clone();
            let digests = json!([sent["MD5OfMessageBody"], sent["MD5OfMessageAttributes"]]);
            same(&digests, &json!(["f97c5d29941bfb1b2fdab0874906ab82", "da1b33cc3cbfe8b1630921e78e6b9880"]))
        }),
        rule(API, "an entry has its own delay", |client| {
            let mut request = entries(&["a", "b"]);
            request["Entries"][0]["DelaySeconds"] = json!(900);
            client.call(API, &request)?;
            client.receive(&json!({}))?;
            client.is_empty()
        }),
    ];
    for (operation, members) in
        [("DeleteMessageBatch", json!({})), ("ChangeMessageVisibilityBatch", json!({"VisibilityTimeout": 0}))]
    {
        rules.push(rule(operation, "entries succeed and fail one by one", move |client| {
            client.send(&json!({}))?;
            let handle = client.receive(&json!({}))?["ReceiptHandle"].clone();
            let entry =
                |id: &str, handle: Value| super::with(&members, &json!({"Id": id, "ReceiptHandle": handle}));
            let request =
                on(FAILURES, &json!({"Entries": [entry("a", handle), entry("b", json!("made-up"))]}));
            let answer = client.call(operation, &request)?;
            same(&answer["Successful"], &json!([{"Id": "a"}]))?;
            let failed = &answer["Failed"][0];
            same(&json!([failed["Id"], failed["Code"]]), &json!(["b", "ReceiptHandleIsInvalid"]))
        }));
        rules.push(refused(
            operation,
            "a batch has an entry",
            operation,
            entries(&[]),
            "EmptyBatchRequest",
            "at least one",
        ));
        rules.push(refused(
            operation,
            "ids are distinct",
            operation,
            entries(&["a", "a"]),
            "BatchEntryIdsNotDistinct",
            "Id a",
        ));
    }
    rules
}
