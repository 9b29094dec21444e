//! Requests that keep all constraints, and that Kinesis refuses for another reason.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stack_base::clock::now_ms;

use super::{Rule, answered, call, of_stream, refused, refuses};
use crate::{Kinesis, api};

const NOT_FOUND: &str = "ResourceNotFoundException";
const INVALID: &str = "InvalidArgumentException";
const ACCOUNT: &str = "under account 000000000000";

/// Numbers that are not of version 1 or 2, or whose parts are out of range (kinesalite `putRecord.js`).
const NO_ORDER: [(&str, &str); 8] = [
    ("version 0", "49039857307708443467467104868809893875799651909875269632"),
    ("version 4", "49039857307708443467467104868809893875799651909875269636"),
    ("version 3", "49039857307708443467467104868809893875799651909875269635"),
    ("initial 3", "73559785961562665201200657303214840813699477864812904449"),
    ("initial 1", "49039857307697293094867839557237917090843713134307311602"),
    ("an index too high", TOO_HIGH),
    ("date too large", "26227199374822427428162556223570313216"),
    ("all bits", "73559785961551514828601391991642864028743539089244946418"),
];

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    of_streams(&mut rules);
    of_iterators(&mut rules);
    of_records(&mut rules);
    rules
}

fn of_streams(rules: &mut Vec<Rule>) {
    let missing = format!("Stream other {ACCOUNT} not found.");
    let name = json!({"StreamName": "other"});
    let with = |members: Value| {
        let mut request = members;
        request["StreamName"] = json!("other");
        request
    };
    let put = json!({"PartitionKey": "a", "Data": ""});
    for (source, operation, request) in [
        ("kinesalite describeStream.js", "DescribeStream", name.clone()),
        ("kinesalite describeStreamSummary.js", "DescribeStreamSummary", name.clone()),
        ("kinesalite listShards.js", "ListShards", name),
        ("kinesalite putRecord.js", "PutRecord", with(put.clone())),
        ("kinesalite putRecords.js", "PutRecords", with(json!({"Records": [put]}))),
    ] {
        rules.push(refused(source, "a missing stream", operation, request, NOT_FOUND, &missing));
    }
    let arn = "arn:aws:kinesis:eu-west-1:000000000000:stream/changes";
    rules.push(refused(
        "API reference, PutRecord: StreamARN",
        "the ARN of another region",
        "DescribeStreamSummary",
        json!({"StreamARN": arn}),
        NOT_FOUND,
        &format!("Stream {arn} {ACCOUNT} not found."),
    ));
    let source = "kinesalite listShards.js";
    rules.push(refused(
        source,
        "neither stream nor token",
        "ListShards",
        json!({}),
        INVALID,
        "Either NextToken or StreamName should be provided.",
    ));
    rules.push(refused(
        source,
        "stream and token",
        "ListShards",
        of_stream(&json!({"NextToken": "token"})),
        INVALID,
        "NextToken and StreamName cannot be provided together.",
    ));
    rules.push(refused(
        "API reference, ListShards: NextToken",
        "a made-up token",
        "ListShards",
        json!({"NextToken": "token"}),
        INVALID,
        "Invalid NextToken.",
    ));
    rules.push(refused(
        "API reference, ListStreams: NextToken",
        "a made-up token",
        "ListStreams",
        json!({"NextToken": "token"}),
        INVALID,
        "Invalid NextToken.",
    ));
}

#[expect(clippy::too_many_lines, reason = "the function is a table")]
fn of_iterators(rules: &mut Vec<Rule>) {
    let source = "kinesalite getShardIterator.js";
    let last = "Shard shardId-002147483647 in stream other under account 000000000000 does not exist";
    for id in ["2147483647", "__stream-2147483647", "a-00002147483647", "-00002147483647"] {
        let request = json!({"StreamName": "other", "ShardId": id, "ShardIteratorType": "LATEST"});
        rules.push(refused(
            source,
            &format!("the shard {id} of a missing stream"),
            "GetShardIterator",
            request,
            NOT_FOUND,
            last,
        ));
    }
    for id in ["2147483648", "shardId-002147483648", "ABKLFD8", "2.14E4"] {
        let request = json!({"StreamName": "other", "ShardId": id, "ShardIteratorType": "LATEST"});
        let message = format!("Could not find shard {id} in stream other {ACCOUNT}.");
        rules.push(refused(
            source,
            &format!("the shard {id}"),
            "GetShardIterator",
            request,
            NOT_FOUND,
            &message,
        ));
    }
    let iterator = |members: Value| {
        let mut request = of_stream(&members);
        request["ShardId"] = json!("shardId-0");
        request
    };
    let missing = of_stream(
        &json!({"ShardId": "shardId-5", "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "5"}),
    );
    rules.push(refused(
        source,
        "a missing shard",
        "GetShardIterator",
        missing,
        NOT_FOUND,
        &format!("Shard shardId-000000000005 in stream changes {ACCOUNT} does not exist"),
    ));
    let either = "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) \
        TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified";
    for kind in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
        rules.push(refused(
            source,
            &format!("{kind} without a number"),
            "GetShardIterator",
            iterator(json!({"ShardIteratorType": kind})),
            INVALID,
            &format!("{either} {kind} and no StartingSequenceNumber."),
        ));
    }
    for kind in ["LATEST", "TRIM_HORIZON"] {
        rules.push(refused(
            source,
            &format!("{kind} with a number"),
            "GetShardIterator",
            iterator(json!({"ShardIteratorType": kind, "StartingSequenceNumber": "5"})),
            INVALID,
            &format!("{either} {kind} and also a StartingSequenceNumber."),
        ));
    }
    let at = |number: &str| {
        iterator(json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number}))
    };
    let encodes = |shard: &str| {
        format!(
            "Invalid StartingSequenceNumber. It encodes {shard}, while it was used in a call to a shard with \
        shardId-000000000000"
        )
    };
    rules.push(refused(
        source,
        "a number of another shard",
        "GetShardIterator",
        at("5"),
        INVALID,
        &encodes("shardId-000000000005"),
    ));
    rules.push(refused(
        source,
        "a number of a negative shard",
        "GetShardIterator",
        at("49039857307708443467467104868809893875799651944235008002"),
        INVALID,
        &encodes("shardId--02147483648"),
    ));
    for (name, number) in
        [("a late date", "26227199374822427428162556223570313216"), ("an index too high", TOO_HIGH)]
    {
        let message = format!("{} is invalid.", used(number));
        rules.push(refused(source, name, "GetShardIterator", at(number), INVALID, &message));
    }
    rules.push(refused(
        "kinesalite actions/getShardIterator.js",
        "a number of another stream",
        "GetShardIterator",
        at(OF_ANOTHER_STREAM),
        INVALID,
        &format!("{} is invalid because it did not come from this stream.", used(OF_ANOTHER_STREAM)),
    ));
    rules.push(refused(
        source,
        "a number of the oldest form",
        "GetShardIterator",
        at("0"),
        "InternalFailure",
        "",
    ));
    rules.push(refused(
        source,
        "AT_TIMESTAMP without a time",
        "GetShardIterator",
        iterator(json!({"ShardIteratorType": "AT_TIMESTAMP"})),
        INVALID,
        "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no timestamp \
         parameter.",
    ));
    rules.push(answered(source, "GetShardIterator: a time in the future", move |kinesis| {
        let late =
            json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 9_000_000_000_u64, "ShardId": "0"});
        let request = of_stream(&late).to_string();
        let error = api::call(kinesis, "GetShardIterator", request.as_bytes()).err().ok_or("accepted")?;
        let head = "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
            timestampInMillis: 9000000000000, currentTimestampInMillis: ";
        let now: Option<i64> = error.message.strip_prefix(head).and_then(|now| now.parse().ok());
        let is_right = error.code == INVALID && now.is_some_and(|now| now <= now_ms());
        is_right.then_some(()).ok_or_else(|| format!("{error:?}"))
    }));
    rules.push(refused(
        "kinesalite getRecords.js",
        "a made-up iterator",
        "GetRecords",
        json!({"ShardIterator": "made-up"}),
        INVALID,
        "Invalid ShardIterator.",
    ));
    rules.push(answered(
        "kinesalite getRecords.js",
        "GetRecords: the shard of the iterator is missing",
        |kinesis| {
            let first = of_stream(&json!({"ShardId": "shardId-1", "ShardIteratorType": "LATEST"}));
            let iterator = call(kinesis, "GetShardIterator", &first)?;
            let gone = "DELETE FROM shards WHERE shard = 1";
            kinesis.store().execute(gone, []).map_err(|error| error.to_string())?;
            let message = format!("Shard shardId-000000000001 in stream changes {ACCOUNT} does not exist");
            refuses(kinesis, "GetRecords", &iterator, NOT_FOUND, &message)
        },
    ));
}

/// The beginning of the message about a number for the first shard.
fn used(number: &str) -> String {
    format!(
        "StartingSequenceNumber {number} used in GetShardIterator on shard shardId-000000000000 in stream changes {ACCOUNT}"
    )
}

/// A number of the first shard that was opened at the start of the epoch.
const OF_ANOTHER_STREAM: &str = "49039857307708443467467104868809893875799651909875269634";
/// A number whose index has its highest bit set (kinesalite `getShardIterator.js`).
const TOO_HIGH: &str = "49039857307719593840066370180380661734935976090628259842";

fn of_records(rules: &mut Vec<Rule>) {
    let source = "kinesalite putRecord.js";
    let key = "340282366920938463463374607431768211456";
    let out_of_range = format!(
        "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {key}"
    );
    let record = json!({"PartitionKey": "a", "Data": "", "ExplicitHashKey": key});
    rules.push(refused(
        source,
        "a hash key out of range",
        "PutRecord",
        of_stream(&record),
        INVALID,
        &out_of_range,
    ));
    rules.push(refused(
        "kinesalite putRecords.js",
        "a hash key out of range",
        "PutRecords",
        of_stream(&json!({"Records": [record, {"PartitionKey": "a", "Data": ""}]})),
        INVALID,
        &out_of_range,
    ));
    for (name, number) in NO_ORDER {
        let name = format!("ordering after {name}");
        let request = json!({"PartitionKey": "a", "Data": "", "SequenceNumberForOrdering": number});
        let message = format!(
            "ExclusiveMinimumSequenceNumber {number} used in PutRecord on stream changes {ACCOUNT} is invalid."
        );
        rules.push(refused(source, &name, "PutRecord", of_stream(&request), INVALID, &message));
    }
    let data = STANDARD.encode(vec![0; 1024 * 1024 - 2]);
    let too_large = json!({"PartitionKey": "abc", "Data": data});
    let message =
        "Data and PartitionKey have 1048577 bytes together. A record of this stream can have 1048576.";
    rules.push(refused(
        "API reference, PutRecord: the record's size",
        "data and key above 1 MiB",
        "PutRecord",
        of_stream(&too_large),
        INVALID,
        message,
    ));
    rules.push(refused(
        "API reference, PutRecords: the record's size",
        "data and key above 1 MiB",
        "PutRecords",
        of_stream(&json!({"Records": [too_large]})),
        INVALID,
        message,
    ));
    rules.push(answered(
        "API reference, PutRecord: the record's size",
        "PutRecord: data and key of 1 MiB",
        move |kinesis: &Kinesis| {
            call(kinesis, "PutRecord", &of_stream(&json!({"PartitionKey": "ab", "Data": data}))).map(|_| ())
        },
    ));
    let records = vec![json!({"PartitionKey": "ab", "Data": STANDARD.encode(vec![0; 1_048_574])}); 11];
    rules.push(refused(
        "API reference, PutRecords: the request's size",
        "more than 10 MiB",
        "PutRecords",
        of_stream(&json!({"Records": records})),
        INVALID,
        "Records size exceeds 10 MB limit",
    ));
}
