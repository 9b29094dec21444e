//! A value of a wrong JSON type is a `SerializationException` that names Java's type.

use serde_json::{Value, json};

use super::{Rule, refuses};
use crate::Kinesis;

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Integer,
    Timestamp,
    Blob,
    List,
    Structure,
}

const LIST: &str = "Start of list found where not expected";
const STRUCTURE: &str = "Start of structure or map found where not expected.";

/// The members of a request with their types.
type Members = &'static [(&'static str, Kind)];

/// The members of each operation, with the test of kinesalite that states their types.
const MEMBERS: [(&str, &str, Members); 8] = [
    (
        "kinesalite describeStream.js",
        "DescribeStream",
        &[("StreamName", Kind::Text), ("Limit", Kind::Integer), ("ExclusiveStartShardId", Kind::Text)],
    ),
    ("kinesalite describeStreamSummary.js", "DescribeStreamSummary", &[("StreamName", Kind::Text)]),
    ("kinesalite getRecords.js", "GetRecords", &[("Limit", Kind::Integer), ("ShardIterator", Kind::Text)]),
    (
        "kinesalite getShardIterator.js",
        "GetShardIterator",
        &[
            ("ShardId", Kind::Text),
            ("ShardIteratorType", Kind::Text),
            ("StartingSequenceNumber", Kind::Text),
            ("StreamName", Kind::Text),
            ("Timestamp", Kind::Timestamp),
        ],
    ),
    (
        "kinesalite listShards.js",
        "ListShards",
        &[
            ("StreamName", Kind::Text),
            ("MaxResults", Kind::Integer),
            ("ExclusiveStartShardId", Kind::Text),
            ("NextToken", Kind::Text),
            ("StreamCreationTimestamp", Kind::Timestamp),
        ],
    ),
    (
        "kinesalite listStreams.js",
        "ListStreams",
        &[("Limit", Kind::Integer), ("ExclusiveStartStreamName", Kind::Text)],
    ),
    (
        "kinesalite putRecord.js",
        "PutRecord",
        &[
            ("Data", Kind::Blob),
            ("ExplicitHashKey", Kind::Text),
            ("PartitionKey", Kind::Text),
            ("SequenceNumberForOrdering", Kind::Text),
            ("StreamName", Kind::Text),
        ],
    ),
    (
        "kinesalite putRecords.js",
        "PutRecords",
        &[
            ("Records", Kind::List),
            ("Records.0", Kind::Structure),
            ("Records.0.Data", Kind::Blob),
            ("Records.0.ExplicitHashKey", Kind::Text),
            ("Records.0.PartitionKey", Kind::Text),
            ("StreamName", Kind::Text),
        ],
    ),
];

pub(super) fn rules() -> Vec<Rule> {
    let of_operation = |(source, operation, members): (_, _, Members)| {
        members.iter().map(move |(path, kind)| Rule {
            source,
            name: format!("{operation}: type of {path}"),
            check: Box::new(move |kinesis: &Kinesis| {
                wrong(*kind).iter().try_for_each(|(value, message)| {
                    refuses(kinesis, operation, &at(path, value), "SerializationException", message)
                })
            }),
        })
    };
    MEMBERS.into_iter().flat_map(of_operation).collect()
}

/// A request with `value` at a path such as `Records.0.Data`.
fn at(path: &str, value: &Value) -> Value {
    path.rsplit('.')
        .fold(value.clone(), |value, part| if part == "0" { json!([value]) } else { json!({part: value}) })
}

/// Values of wrong types with Kinesis's messages.
fn wrong(kind: Kind) -> Vec<(Value, String)> {
    let class = |class: &str, target: &str| format!("class {class} can not be converted to {target}");
    let (boolean, text) = ("java.lang.Boolean", "java.lang.String");
    let number = "com.amazon.coral.value.json.numbers.TruncatingBigNumber";
    let numbers = |message: &str| {
        [json!(23), json!(-2_147_483_648_i64), json!(34.56)].map(|value| (value, message.to_owned()))
    };
    let mut wrong = Vec::new();
    match kind {
        Kind::Text => {
            wrong.push((json!(true), class(boolean, "an String")));
            wrong.extend(numbers(&class(number, "an String")));
        }
        Kind::Integer => {
            wrong.push((json!("23"), class(text, "an Integer")));
            wrong.push((json!(true), class(boolean, "an Integer")));
        }
        Kind::Timestamp => {
            wrong.push((json!("23"), class(text, "milliseconds since epoch")));
            wrong.push((json!(true), class(boolean, "milliseconds since epoch")));
        }
        Kind::Blob => {
            wrong.push((json!(true), class(boolean, "a Blob")));
            wrong.extend(numbers(&class(number, "a Blob")));
            for (blob, problem) in [
                ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
                ("=+/=", "Invalid Base64 character: '='"),
                ("+/+=", "Invalid last non-pad Base64 character dectected"),
            ] {
                wrong.push((json!(blob), format!("'{blob}' can not be converted to a Blob: {problem}")));
            }
        }
        Kind::List | Kind::Structure => {
            let expected = if matches!(kind, Kind::List) { "Expected list or null" } else { "Expected null" };
            wrong.extend([json!("23"), json!(true)].map(|value| (value, expected.to_owned())));
            wrong.extend(numbers(expected));
        }
    }
    if !matches!(kind, Kind::List) {
        wrong.push((json!([]), LIST.to_owned()));
    }
    if !matches!(kind, Kind::Structure) {
        wrong.push((json!({}), STRUCTURE.to_owned()));
    }
    wrong
}
