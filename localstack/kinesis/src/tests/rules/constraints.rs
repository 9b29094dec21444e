//! A request that breaks constraints is a `ValidationException` that lists all of them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Rule;
use crate::{Kinesis, api};

const ABSENT: &str = "Member must not be null";
const SHORT: &str = "Member must have length greater than or equal to 1";
const LONG: &str = "Member must have length less than or equal to 128";
const LOW: &str = "Member must have value greater than or equal to 1";
const HIGH: &str = "Member must have value less than or equal to 10000";
const NAME: &str = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
const NUMBER: &str = "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,128})";
const HASH_KEY: &str = "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})";
const KEY_LONG: &str = "Member must have length less than or equal to 256";
const DATA_LONG: &str = "Member must have length less than or equal to 1048576";
const ITERATOR_TYPE: &str = "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, \
    AT_SEQUENCE_NUMBER, TRIM_HORIZON]";
const ENTRY: &str = "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310";
const BLOB: &str = "'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]'";

/// A violation: the value as Kinesis writes it, the path of the member, and the constraint.
type Violation = (String, &'static str, &'static str);

#[expect(clippy::too_many_lines, reason = "the function is a table")]
pub(super) fn rules() -> Vec<Rule> {
    let long = "a".repeat(129);
    let quoted = format!("'{long}'");
    let null = |path| ("null".to_owned(), path, ABSENT);
    let empty = |path, constraint| ("''".to_owned(), path, constraint);
    let no_name = |path| [empty(path, NAME), empty(path, SHORT)];
    let too_long = |path| (quoted.clone(), path, LONG);
    let zero = |path| ("'0'".to_owned(), path, LOW);
    let many = |path| ("'100000'".to_owned(), path, HIGH);
    let blob = STANDARD.encode(vec![0; 1_048_577]);
    let key = "a".repeat(257);
    let record = |key: &str, data: &str, hash: &str| json!({"PartitionKey": key, "Data": data, "ExplicitHashKey": hash});
    let describe = |source, operation| {
        [
            broken(source, operation, json!({}), vec![null("streamName")]),
            broken(source, operation, json!({"StreamName": ""}), no_name("streamName").to_vec()),
            broken(source, operation, json!({"StreamName": long}), vec![too_long("streamName")]),
        ]
    };
    let mut rules = Vec::from(describe("kinesalite describeStreamSummary.js", "DescribeStreamSummary"));
    rules.extend(describe("kinesalite describeStream.js", "DescribeStream"));
    let source = "kinesalite describeStream.js";
    rules.push(broken(
        source,
        "DescribeStream",
        json!({"StreamName": "", "Limit": 0, "ExclusiveStartShardId": ""}),
        [vec![zero("limit")], no_name("exclusiveStartShardId").into(), no_name("streamName").into()].concat(),
    ));
    rules.push(broken(
        source,
        "DescribeStream",
        json!({"StreamName": long, "Limit": 100_000, "ExclusiveStartShardId": long}),
        vec![many("limit"), too_long("exclusiveStartShardId"), too_long("streamName")],
    ));
    let source = "kinesalite getRecords.js";
    rules.push(broken(source, "GetRecords", json!({}), vec![null("shardIterator")]));
    rules.push(broken(
        source,
        "GetRecords",
        json!({"ShardIterator": "", "Limit": 0}),
        vec![zero("limit"), empty("shardIterator", SHORT)],
    ));
    let iterator = "a".repeat(513);
    rules.push(broken(
        source,
        "GetRecords",
        json!({"ShardIterator": iterator, "Limit": 100_000}),
        vec![
            many("limit"),
            (format!("'{iterator}'"), "shardIterator", "Member must have length less than or equal to 512"),
        ],
    ));
    let source = "kinesalite getShardIterator.js";
    rules.push(broken(
        source,
        "GetShardIterator",
        json!({}),
        vec![null("shardId"), null("shardIteratorType"), null("streamName")],
    ));
    rules.push(broken(
        source,
        "GetShardIterator",
        json!({"StreamName": "", "ShardIteratorType": "", "ShardId": "", "StartingSequenceNumber": ""}),
        [
            no_name("shardId").to_vec(),
            vec![empty("shardIteratorType", ITERATOR_TYPE), empty("startingSequenceNumber", NUMBER)],
            no_name("streamName").to_vec(),
        ]
        .concat(),
    ));
    rules.push(broken(
        source,
        "GetShardIterator",
        json!({"StreamName": long, "ShardId": long, "ShardIteratorType": "LATEST"}),
        vec![too_long("shardId"), too_long("streamName")],
    ));
    let source = "kinesalite listShards.js";
    rules.push(broken(
        source,
        "ListShards",
        json!({"StreamName": "", "NextToken": "", "MaxResults": 0, "ExclusiveStartShardId": ""}),
        [
            vec![zero("maxResults"), empty("nextToken", SHORT)],
            no_name("exclusiveStartShardId").into(),
            no_name("streamName").into(),
        ]
        .concat(),
    ));
    rules.push(broken(
        source,
        "ListShards",
        json!({"StreamName": long, "MaxResults": 100_000, "ExclusiveStartShardId": long}),
        vec![many("maxResults"), too_long("exclusiveStartShardId"), too_long("streamName")],
    ));
    let source = "kinesalite listStreams.js";
    rules.push(broken(
        source,
        "ListStreams",
        json!({"ExclusiveStartStreamName": "", "Limit": 0}),
        [vec![zero("limit")], no_name("exclusiveStartStreamName").into()].concat(),
    ));
    rules.push(broken(
        source,
        "ListStreams",
        json!({"ExclusiveStartStreamName": long, "Limit": 100_000}),
        vec![many("limit"), too_long("exclusiveStartStreamName")],
    ));
    let source = "kinesalite putRecord.js";
    rules.push(broken(
        source,
        "PutRecord",
        json!({}),
        vec![null("partitionKey"), null("data"), null("streamName")],
    ));
    let mut request = record("", "", "");
    request["StreamName"] = json!("");
    request["SequenceNumberForOrdering"] = json!("");
    let mut violations = no_name("streamName").to_vec();
    violations.push(empty("sequenceNumberForOrdering", NUMBER));
    violations.push(empty("partitionKey", SHORT));
    violations.push(empty("explicitHashKey", HASH_KEY));
    rules.push(broken(source, "PutRecord", request, violations));
    let mut request = record(&key, &blob, "");
    request["StreamName"] = json!(long);
    rules.push(broken(
        source,
        "PutRecord",
        request,
        vec![
            (format!("'{key}'"), "partitionKey", KEY_LONG),
            empty("explicitHashKey", HASH_KEY),
            (BLOB.to_owned(), "data", DATA_LONG),
            too_long("streamName"),
        ],
    ));
    let source = "kinesalite putRecords.js";
    rules.push(broken(source, "PutRecords", json!({}), vec![null("records"), null("streamName")]));
    rules.push(broken(
        source,
        "PutRecords",
        json!({"StreamName": "", "Records": []}),
        [vec![("'[]'".to_owned(), "records", SHORT)], no_name("streamName").into()].concat(),
    ));
    rules.push(broken(
        source,
        "PutRecords",
        json!({"StreamName": "", "Records": [record("", "", "")]}),
        [
            vec![
                empty("records.1.member.partitionKey", SHORT),
                empty("records.1.member.explicitHashKey", HASH_KEY),
            ],
            no_name("streamName").into(),
        ]
        .concat(),
    ));
    rules.push(broken(
        source,
        "PutRecords",
        json!({"StreamName": long, "Records": [record(&key, &blob, "")]}),
        vec![
            (format!("'{key}'"), "records.1.member.partitionKey", KEY_LONG),
            empty("records.1.member.explicitHashKey", HASH_KEY),
            (BLOB.to_owned(), "records.1.member.data", DATA_LONG),
            too_long("streamName"),
        ],
    ));
    let records = vec![json!({"PartitionKey": "", "Data": ""}); 501];
    let mut ten = vec![(
        format!("'[{}]'", [ENTRY; 501].join(", ")),
        "records",
        "Member must have length less than or equal to 500",
    )];
    ten.extend(NINE.map(|path| empty(path, SHORT)));
    rules.push(broken(source, "PutRecords", json!({"StreamName": "", "Records": records}), ten));
    rules.push(broken(
        "API reference, PutRecord: StreamARN",
        "PutRecord",
        json!({"StreamARN": "changes", "PartitionKey": "k", "Data": ""}),
        vec![(
            "'changes'".to_owned(),
            "streamARN",
            "Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+",
        )],
    ));
    rules
}

/// Kinesis names at most ten violations.
const NINE: [&str; 9] = [
    "records.1.member.partitionKey",
    "records.2.member.partitionKey",
    "records.3.member.partitionKey",
    "records.4.member.partitionKey",
    "records.5.member.partitionKey",
    "records.6.member.partitionKey",
    "records.7.member.partitionKey",
    "records.8.member.partitionKey",
    "records.9.member.partitionKey",
];

/// The rule that a request breaks exactly these constraints. Kinesis does not promise their order.
fn broken(source: &'static str, operation: &'static str, request: Value, violations: Vec<Violation>) -> Rule {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let head = format!("{} validation error{plural} detected: ", violations.len());
    let texts: BTreeSet<String> = violations
        .into_iter()
        .map(|(value, path, constraint)| {
            format!("Value {value} at '{path}' failed to satisfy constraint: {constraint}")
        })
        .collect();
    let name = format!(
        "{operation}: {}",
        texts.iter().map(|text| text.get(..40).unwrap_or(text)).collect::<Vec<_>>().join("; ")
    );
    let check = move |kinesis: &Kinesis| {
        let error = api::call(kinesis, operation, request.to_string().as_bytes()).err();
        let error = error.ok_or("the request was accepted")?;
        let found =
            error.message.strip_prefix(&head).unwrap_or_default().split("; ").map(str::to_owned).collect();
        let is_right = error.code == "ValidationException" && texts == found;
        is_right.then_some(()).ok_or_else(|| format!("{error:?} instead of {head}{texts:?}"))
    };
    Rule { source, name, check: Box::new(check) }
}
