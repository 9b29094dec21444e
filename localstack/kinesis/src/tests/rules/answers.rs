//! What Kinesis answers to requests that it accepts. The suite of kinesalite uses three shards and the keys `a` (shard
//! 0), `b` (1), `e` (2) and `f` (1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stack_base::clock::now_ms;
use stack_base::store::SqliteStore;
use stack_template::Stream;

use super::super::fixture::stream;
use super::{Rule, answered, call, of_stream, same};
use crate::sequence::{Parts, SequenceNumber};
use crate::{Kinesis, shard_id};

const THIRDS: [(&str, &str); 3] = [
    ("0", "113427455640312821154458202477256070484"),
    ("113427455640312821154458202477256070485", "226854911280625642308916404954512140969"),
    ("226854911280625642308916404954512140970", "340282366920938463463374607431768211455"),
];
const ALL_ZERO: &str = "49039857307708443467467104868809893875799651909875269634";
const ALL_ZERO_VERSION_1: &str = "49039857307708443467467104868809893875799651909875269633";
const NEGATIVE_SHARD: &str = "49039857307708443467467104868809893875799651944235008002";

pub(super) fn rules() -> Vec<Rule> {
    let mut rules = descriptions();
    rules.extend(puts());
    rules.extend(reads());
    rules
}

#[expect(clippy::too_many_lines, reason = "the function is a table")]
fn descriptions() -> Vec<Rule> {
    let shards = |answer: &Value| {
        answer.as_array().into_iter().flatten().map(|shard| shard["ShardId"].clone()).collect::<Value>()
    };
    let (one, two, three) = (shard_id(0), shard_id(1), shard_id(2));
    let mut rules = Vec::new();
    for (source, operation) in [
        ("kinesalite describeStream.js", "DescribeStream"),
        ("kinesalite describeStreamSummary.js", "DescribeStreamSummary"),
    ] {
        rules.push(answered(
            source,
            &format!("{operation}: name, state, retention and encryption"),
            move |kinesis| {
                let answer = call(kinesis, operation, &json!({"StreamName": "changes"}))?;
                let found = answer
                    .as_object()
                    .into_iter()
                    .flatten()
                    .next()
                    .map(|(_, found)| found)
                    .cloned()
                    .unwrap_or_default();
                let created = found["StreamCreationTimestamp"].as_f64().unwrap_or_default();
                let now = stack_base::clock::seconds(now_ms());
                if !(now - 60.0..=now).contains(&created) {
                    return Err(format!("created at {created}, now {now}"));
                }
                for (name, expected) in [
                    ("StreamName", json!("changes")),
                    ("StreamARN", json!(stack_base::account::stream_arn("changes"))),
                    ("StreamStatus", json!("ACTIVE")),
                    ("RetentionPeriodHours", json!(24)),
                    ("EncryptionType", json!("NONE")),
                    ("EnhancedMonitoring", json!([{"ShardLevelMetrics": []}])),
                ] {
                    same(&found[name], &expected)?;
                }
                Ok(())
            },
        ));
    }
    rules.push(answered(
        "kinesalite describeStreamSummary.js",
        "DescribeStreamSummary: open shards",
        |kinesis| {
            let answer = call(kinesis, "DescribeStreamSummary", &json!({"StreamName": "changes"}))?;
            same(&answer["StreamDescriptionSummary"]["OpenShardCount"], &json!(3))
        },
    ));
    rules.push(answered(
        "API reference, StreamDescriptionSummary",
        "DescribeStreamSummary: the record's limit",
        |kinesis| {
            let answer = call(kinesis, "DescribeStreamSummary", &json!({"StreamName": "changes"}))?;
            same(&answer["StreamDescriptionSummary"]["MaxRecordSizeInKiB"], &json!(1024))
        },
    ));
    for (source, operation, path) in [
        ("kinesalite describeStream.js", "DescribeStream", "/StreamDescription/Shards"),
        ("kinesalite listShards.js", "ListShards", "/Shards"),
    ] {
        rules.push(answered(
            source,
            &format!("{operation}: ranges and first numbers of shards"),
            move |kinesis| {
                let answer = call(kinesis, operation, &json!({"StreamName": "changes"}))?;
                let shards = answer.pointer(path).and_then(Value::as_array).ok_or("no shards")?;
                for ((number, shard), (first, last)) in (0..).zip(shards).zip(THIRDS) {
                    let starting =
                        shard["SequenceNumberRange"]["StartingSequenceNumber"].as_str().unwrap_or_default();
                    let parts = Parts::parse(starting).ok_or("no number")?;
                    same(&json!([starting.len(), parts.shard]), &json!([56, number]))?;
                    same(&shard["HashKeyRange"], &json!({"StartingHashKey": first, "EndingHashKey": last}))?;
                    same(&shard["ShardId"], &json!(shard_id(number)))?;
                }
                same(&json!(shards.len()), &json!(3))
            },
        ));
    }
    let after_one = json!([two.clone(), three.clone()]);
    let after_two = json!([three.clone()]);
    rules.push(answered("kinesalite listShards.js", "ListShards: ExclusiveStartShardId", move |kinesis| {
        let answer = call(kinesis, "ListShards", &of_stream(&json!({"ExclusiveStartShardId": two})))?;
        same(&shards(&answer["Shards"]), &after_two)
    }));
    rules.push(answered(
        "API reference, DescribeStream: ExclusiveStartShardId",
        "DescribeStream: the shards after one",
        move |kinesis| {
            let answer = call(kinesis, "DescribeStream", &of_stream(&json!({"ExclusiveStartShardId": one})))?;
            same(&shards(&answer["StreamDescription"]["Shards"]), &after_one)
        },
    ));
    rules.push(answered(
        "API reference, DescribeStream: Limit",
        "DescribeStream: a page of two shards",
        move |kinesis| {
            let first =
                call(kinesis, "DescribeStream", &of_stream(&json!({"Limit": 2})))?["StreamDescription"]
                    .clone();
            same(
                &json!([first["HasMoreShards"], first["Shards"].as_array().map(Vec::len)]),
                &json!([true, 2]),
            )?;
            let rest = json!({"Limit": 2, "ExclusiveStartShardId": first["Shards"][1]["ShardId"]});
            let rest = call(kinesis, "DescribeStream", &of_stream(&rest))?["StreamDescription"].clone();
            same(&json!([rest["HasMoreShards"], shards(&rest["Shards"])]), &json!([false, [three]]))
        },
    ));
    rules.push(answered("API reference, StreamModeDetails", "the mode of a stream", |_| {
        let modes = [(None, "ON_DEMAND"), (Some(3), "PROVISIONED")];
        modes.into_iter().try_for_each(|(shards, mode)| {
            let kinesis = open(&[Stream { shards, ..stream() }]);
            let answer = call(&kinesis, "DescribeStream", &json!({"StreamName": "changes"}))?;
            let listed = call(&kinesis, "ListStreams", &json!({}))?;
            same(&answer["StreamDescription"]["StreamModeDetails"], &json!({"StreamMode": mode}))?;
            same(&listed["StreamSummaries"][0]["StreamModeDetails"], &json!({"StreamMode": mode}))
        })
    }));
    rules.push(answered("kinesalite listStreams.js", "ListStreams: all streams", |kinesis| {
        let answer = call(kinesis, "ListStreams", &json!({}))?;
        same(&json!([answer["StreamNames"], answer["HasMoreStreams"]]), &json!([["changes"], false]))
    }));
    rules.push(answered("kinesalite listStreams.js", "ListStreams: the stream after a name", |kinesis| {
        let answer =
            call(kinesis, "ListStreams", &json!({"ExclusiveStartStreamName": "change", "Limit": 1}))?;
        same(&answer["StreamNames"], &json!(["changes"]))
    }));
    rules.push(answered("API reference, ListStreams: Limit and NextToken", "ListStreams: pages", |_| {
        let kinesis = open(&["a", "b", "c"].map(|name| Stream { name: name.to_owned(), ..stream() }));
        let first = call(&kinesis, "ListStreams", &json!({"Limit": 2}))?;
        same(&json!([first["StreamNames"], first["HasMoreStreams"]]), &json!([["a", "b"], true]))?;
        let rest = call(&kinesis, "ListStreams", &json!({"Limit": 2, "NextToken": first["NextToken"]}))?;
        same(
            &json!([rest["StreamNames"], rest["HasMoreStreams"], rest["NextToken"]]),
            &json!([["c"], false, null]),
        )
    }));
    rules
}

fn open(streams: &[Stream]) -> Kinesis {
    Kinesis::open(SqliteStore::in_memory(crate::SCHEMAS).unwrap(), streams, 1).unwrap()
}

/// Checks the shard and the sequence number of a record that was put now.
fn is_placed(placed: &Value, shard: u32) -> Result<Parts, String> {
    same(&placed["ShardId"], &json!(shard_id(shard)))?;
    let number = placed["SequenceNumber"].as_str().unwrap_or_default();
    let parts = Parts::parse(number).ok_or_else(|| format!("{number} is no sequence number"))?;
    let now = crate::sequence::seconds(now_ms());
    let is_now = |seconds: u64| (now.saturating_sub(60)..=now).contains(&seconds);
    let is_right = parts.version == 2
        && parts.shard == i64::from(shard)
        && is_now(parts.opened)
        && is_now(parts.arrived);
    if is_right && number.len() == 56 { Ok(parts) } else { Err(format!("{parts:?} in shard {shard}")) }
}

fn puts() -> Vec<Rule> {
    let source = "kinesalite putRecord.js";
    let put = |name: &str, members: Value, shard: u32| {
        let mut request = of_stream(&json!({"PartitionKey": "a", "Data": ""}));
        members.as_object().unwrap().iter().for_each(|(name, value)| request[name] = value.clone());
        answered(source, &format!("PutRecord: {name}"), move |kinesis: &Kinesis| {
            is_placed(&call(kinesis, "PutRecord", &request)?, shard).map(|_| ())
        })
    };
    let large = STANDARD.encode(vec![0; 51_200]);
    let hash = |key: &str| json!({"ExplicitHashKey": key});
    let mut rules = vec![
        put("empty data", json!({}), 0),
        put("large data", json!({"Data": large}), 0),
        put("the last hash key", hash(THIRDS[2].1), 2),
        put("the last hash key of a shard", hash(THIRDS[1].1), 1),
        put("the first hash key of a shard", hash(THIRDS[2].0), 2),
    ];
    for number in [ALL_ZERO, ALL_ZERO_VERSION_1, NEGATIVE_SHARD] {
        rules.push(put(&format!("ordering after {number}"), json!({"SequenceNumberForOrdering": number}), 0));
    }
    rules.push(answered(source, "PutRecord: records of two shards have consecutive numbers", |kinesis| {
        let put =
            |key: &str| call(kinesis, "PutRecord", &of_stream(&json!({"PartitionKey": key, "Data": ""})));
        let mut last = None;
        for _ in 0..100 {
            for (key, shard) in [("a", 0), ("b", 1)] {
                let SequenceNumber(number) = is_placed(&put(key)?, shard)?.sequence;
                if last.replace(number).is_some_and(|last| number != last + 1) {
                    return Err(format!("{number} after {last:?}"));
                }
            }
        }
        Ok(())
    }));
    let source = "kinesalite putRecords.js";
    rules.push(answered(source, "PutRecords: large data", move |kinesis| {
        let records = json!([{"PartitionKey": "a", "Data": large}]);
        let answer = call(kinesis, "PutRecords", &of_stream(&json!({"Records": records})))?;
        same(&answer["FailedRecordCount"], &json!(0))?;
        is_placed(&answer["Records"][0], 0).map(|_| ())
    }));
    rules.push(answered(source, "PutRecords: keys and hash keys of all shards", |kinesis| {
        let placed = put_seven(kinesis)?;
        let shards = [0, 1, 2, 1, 2, 1, 2];
        same(&json!(placed.len()), &json!(7))?;
        placed.iter().zip(shards).try_for_each(|(placed, shard)| is_placed(placed, shard).map(|_| ()))
    }));
    rules
}

/// Puts the seven records of kinesalite's tests. The data of each record is its number.
fn put_seven(kinesis: &Kinesis) -> Result<Vec<Value>, String> {
    let keys = ["a", "b", "e", "f", "a", "a", "a"];
    let hash_keys = [None, None, None, None, Some(THIRDS[2].1), Some(THIRDS[1].1), Some(THIRDS[2].0)];
    let record = |(number, (key, hash_key)): (usize, (&str, Option<&str>))| {
        let data = STANDARD.encode(number.to_string());
        json!({"PartitionKey": key, "Data": data, "ExplicitHashKey": hash_key})
    };
    let records: Vec<Value> = keys.into_iter().zip(hash_keys).enumerate().map(record).collect();
    let answer = call(kinesis, "PutRecords", &of_stream(&json!({"Records": records})))?;
    Ok(answer["Records"].as_array().cloned().unwrap_or_default())
}

fn iterator(kinesis: &Kinesis, shard: &str, members: &Value) -> Result<Value, String> {
    let mut request = of_stream(members);
    request["ShardId"] = json!(shard);
    Ok(call(kinesis, "GetShardIterator", &request)?["ShardIterator"].clone())
}

/// Reads once. Returns the data of the records and the next iterator, and checks the other members.
fn read(kinesis: &Kinesis, request: &Value) -> Result<(String, Value), String> {
    let answer = call(kinesis, "GetRecords", request)?;
    let mut read = String::new();
    for record in answer["Records"].as_array().into_iter().flatten() {
        let arrival = record["ApproximateArrivalTimestamp"].as_f64().unwrap_or_default();
        let number =
            Parts::parse(record["SequenceNumber"].as_str().unwrap_or_default()).ok_or("no number")?;
        let arrived = i64::try_from(number.arrived).unwrap_or_default() * 1000;
        if !(0.0..1.0).contains(&(arrival - stack_base::clock::seconds(arrived))) {
            return Err(format!("{number:?} arrived at {arrival}"));
        }
        let data = STANDARD
            .decode(record["Data"].as_str().unwrap_or_default())
            .map_err(|error| error.to_string())?;
        read.push_str(&String::from_utf8_lossy(&data));
    }
    let behind = answer["MillisBehindLatest"].as_i64().unwrap_or(-1);
    if !(0..60_000).contains(&behind) {
        return Err(format!("{behind} ms behind"));
    }
    Ok((read, answer["NextShardIterator"].clone()))
}

fn reads() -> Vec<Rule> {
    let source = "kinesalite getRecords.js";
    let mut rules = Vec::new();
    for (kind, expected) in [("AT_SEQUENCE_NUMBER", "135"), ("AFTER_SEQUENCE_NUMBER", "35")] {
        rules.push(answered(source, &format!("GetRecords: {kind}"), move |kinesis| {
            let placed = put_seven(kinesis)?;
            let start =
                json!({"ShardIteratorType": kind, "StartingSequenceNumber": placed[1]["SequenceNumber"]});
            let (read, _) =
                read(kinesis, &json!({"ShardIterator": iterator(kinesis, "shardId-1", &start)?}))?;
            same(&json!(read), &json!(expected))
        }));
    }
    rules.push(answered(source, "GetRecords: AT_TIMESTAMP", |kinesis| {
        put_seven(kinesis)?;
        let first = now_ms();
        while now_ms() <= first {
            std::thread::yield_now();
        }
        let second = now_ms();
        put_seven(kinesis)?;
        put_seven(kinesis)?;
        let start =
            json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": stack_base::clock::seconds(second)});
        let (read, _) = read(kinesis, &json!({"ShardIterator": iterator(kinesis, "shardId-1", &start)?}))?;
        same(&json!(read), &json!("135135"))
    }));
    for (kind, expected) in [("LATEST", "246"), ("TRIM_HORIZON", "246246")] {
        rules.push(answered(
            source,
            &format!("GetRecords: {kind}, twice with one iterator and with its next"),
            move |kinesis| {
                put_seven(kinesis)?;
                let start = iterator(kinesis, "shardId-2", &json!({"ShardIteratorType": kind}))?;
                let (before, next) = read(kinesis, &json!({"ShardIterator": start}))?;
                put_seven(kinesis)?;
                let (whole, _) = read(kinesis, &json!({"ShardIterator": start}))?;
                let (rest, _) = read(kinesis, &json!({"ShardIterator": next}))?;
                same(&json!([whole, format!("{before}{rest}")]), &json!([expected, expected]))
            },
        ));
    }
    rules.push(answered(source, "GetRecords: Limit", |kinesis| {
        let record = |number: usize| {
            let data = STANDARD.encode(number.to_string());
            json!({"PartitionKey": "a", "Data": data, "ExplicitHashKey": "0"})
        };
        let records: Vec<Value> = (0..5).map(record).collect();
        let placed = call(kinesis, "PutRecords", &of_stream(&json!({"Records": records})))?;
        let number = &placed["Records"][1]["SequenceNumber"];
        let start = json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": number});
        let start = iterator(kinesis, "shardId-0", &start)?;
        let (two, next) = read(kinesis, &json!({"ShardIterator": start, "Limit": 2}))?;
        let (three, _) = read(kinesis, &json!({"ShardIterator": next, "Limit": 3}))?;
        let (one, _) = read(kinesis, &json!({"ShardIterator": next, "Limit": 1}))?;
        same(&json!([two, three, one]), &json!(["12", "34", "3"]))
    }));
    let source = "kinesalite getShardIterator.js";
    for id in ["__stream_1-0", "shard-0", "0"] {
        rules.push(answered(source, &format!("GetShardIterator: {id} is the first shard"), move |kinesis| {
            put_seven(kinesis)?;
            let start = iterator(kinesis, id, &json!({"ShardIteratorType": "TRIM_HORIZON"}))?;
            same(&json!(read(kinesis, &json!({"ShardIterator": start}))?.0), &json!("0"))
        }));
    }
    for length in [29, 30, 128] {
        rules.push(answered(
            source,
            &format!("GetShardIterator: a name of {length} characters"),
            move |_| {
                let kinesis = open(&[Stream { name: "n".repeat(length), ..stream() }]);
                let request =
                    json!({"StreamName": "n".repeat(length), "ShardId": "0", "ShardIteratorType": "LATEST"});
                let iterator = call(&kinesis, "GetShardIterator", &request)?;
                let bytes = STANDARD.decode(iterator["ShardIterator"].as_str().unwrap_or_default());
                let bytes = bytes.map_err(|error| error.to_string())?;
                same(&json!([bytes.len() % 16, bytes.get(..8)]), &json!([8, [0, 0, 0, 0, 0, 0, 0, 1]]))
            },
        ));
    }
    rules
}
