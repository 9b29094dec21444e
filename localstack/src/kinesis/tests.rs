//! Streams through their library and wire doors.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Entry, Kinesis, KinesisError, SequenceNumber, Slice, api};
use crate::store::Store;
use crate::template::Stream;

fn stream() -> Stream {
    Stream {
        logical_id: "Changes".to_owned(),
        name: "changes".to_owned(),
        retention: Duration::from_hours(24),
    }
}

fn kinesis(shards: u32) -> Kinesis {
    Kinesis::open(Store::in_memory().unwrap(), &[stream()], shards).unwrap()
}

fn entry(key: &str) -> Entry {
    Entry { partition_key: key.to_owned(), explicit_hash_key: None, data: key.as_bytes().to_vec() }
}

fn keys(kinesis: &Kinesis, slice: Slice) -> Vec<String> {
    let records = kinesis.read("changes", slice, 1000, usize::MAX).unwrap();
    records.into_iter().map(|record| record.partition_key).collect()
}

fn call(kinesis: &Kinesis, operation: &str, body: &Value) -> Value {
    api::call(kinesis, operation, body.to_string().as_bytes()).unwrap()
}

#[test]
fn sequence_numbers_increase_and_equal_keys_share_a_shard_in_order() {
    let kinesis = kinesis(4);
    let entries: Vec<Entry> = (0..40).map(|number| entry(&format!("key-{}", number % 5))).collect();
    let placed = kinesis.put("changes", &entries).unwrap();
    assert!(placed.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    for key in 0..5 {
        let shards: Vec<u32> = placed.iter().skip(key).step_by(5).map(|placed| placed.shard).collect();
        assert!(shards.iter().all(|shard| *shard == shards[0]));
    }
}

#[test]
fn lanes_split_a_shard_by_key_and_lose_nothing() {
    let kinesis = kinesis(1);
    let entries: Vec<Entry> = (0..60).map(|number| entry(&format!("key-{}", number % 20))).collect();
    kinesis.put("changes", &entries).unwrap();
    let lane = |lane| keys(&kinesis, Slice { lane, lanes: 3, ..Slice::whole(0, SequenceNumber(0)) });
    let lanes = [lane(0), lane(1), lane(2)];
    assert_eq!(lanes.iter().map(Vec::len).sum::<usize>(), 60);
    assert!(lanes.iter().all(|keys| !keys.is_empty() && keys.len() < 60));
    for key in 0..20 {
        let key = format!("key-{key}");
        assert_eq!(lanes.iter().filter(|keys| keys.contains(&key)).count(), 1);
    }
}

#[test]
fn a_read_stops_at_its_byte_limit_but_gives_at_least_one() {
    let kinesis = kinesis(1);
    kinesis.put("changes", &[entry("aaaa"), entry("bbbb"), entry("cccc")]).unwrap();
    let read = |bytes| kinesis.read("changes", Slice::whole(0, SequenceNumber(0)), 10, bytes).unwrap().len();
    assert_eq!((read(1), read(8), read(11), read(12)), (1, 2, 2, 3));
}

#[tokio::test]
async fn an_append_wakes_a_waiting_reader() {
    let kinesis = kinesis(1);
    let mut arrivals = kinesis.arrivals("changes").unwrap();
    kinesis.put("changes", &[entry("a")]).unwrap();
    arrivals.changed().await.unwrap();
}

#[test]
fn another_shard_count_on_the_same_store_is_refused() {
    let store = Store::in_memory().unwrap();
    Kinesis::open(store.clone(), &[stream()], 4).unwrap();
    let error = Kinesis::open(store, &[stream()], 2).unwrap_err();
    assert!(matches!(error, KinesisError::ShardCount { stored: 4, asked: 2, .. }), "{error}");
}

#[test]
fn a_source_position_is_kept_with_its_records() {
    let kinesis = kinesis(1);
    assert_eq!(kinesis.position_of("table").unwrap(), 0);
    kinesis.put_from("changes", &[entry("a")], "table", 17).unwrap();
    assert_eq!(kinesis.position_of("table").unwrap(), 17);
}

#[test]
fn trimming_spares_what_a_mapping_has_not_passed_and_the_newest() {
    let kinesis = kinesis(1);
    let placed = kinesis.put("changes", &["a", "b", "c", "d", "e"].map(entry)).unwrap();
    let whole = Slice::whole(0, SequenceNumber(0));
    kinesis.trim_to(2).unwrap();
    assert_eq!(keys(&kinesis, whole).concat(), "abcde", "without a mapping nothing is passed");
    let checkpoint = |mapping: &str, position: SequenceNumber| {
        let values = (mapping, position.0);
        let sql = "INSERT OR REPLACE INTO checkpoints VALUES (?1, 'changes', 0, 0, 1, ?2)";
        kinesis.store().transaction(|transaction| transaction.execute(sql, values)).unwrap();
    };
    checkpoint("fast", placed[4].sequence);
    checkpoint("slow", placed[0].sequence);
    kinesis.trim_to(2).unwrap();
    assert_eq!(keys(&kinesis, whole).concat(), "bcde");
    checkpoint("slow", placed[4].sequence);
    kinesis.trim_to(2).unwrap();
    assert_eq!(keys(&kinesis, whole).concat(), "de");
}

#[test]
fn trimming_takes_what_is_past_its_retention() {
    let stream = Stream { retention: Duration::ZERO, ..stream() };
    let kinesis = Kinesis::open(Store::in_memory().unwrap(), &[stream], 1).unwrap();
    kinesis.put("changes", &[entry("a")]).unwrap();
    let arrived = kinesis.newest_arrival("changes", 0).unwrap().unwrap();
    while crate::clock::now_ms() <= arrived {
        std::thread::yield_now();
    }
    kinesis.trim().unwrap();
    assert_eq!(keys(&kinesis, Slice::whole(0, SequenceNumber(0))), [""; 0]);
}

#[test]
fn iterators_of_every_type_start_where_they_say() {
    let kinesis = kinesis(1);
    let placed = kinesis.put("changes", &[entry("a"), entry("b"), entry("c")]).unwrap();
    let read = |settings: Value| {
        let mut request = json!({"StreamName": "changes", "ShardId": "shardId-000000000000"});
        request.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let iterator = call(&kinesis, "GetShardIterator", &request);
        let answer = call(&kinesis, "GetRecords", &iterator);
        let records = answer["Records"].as_array().unwrap().clone();
        records.iter().map(|record| record["PartitionKey"].as_str().unwrap().to_owned()).collect::<String>()
    };
    let second = placed[1].sequence.to_string();
    assert_eq!(read(json!({"ShardIteratorType": "TRIM_HORIZON"})), "abc");
    assert_eq!(read(json!({"ShardIteratorType": "LATEST"})), "");
    assert_eq!(
        read(json!({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": second})),
        "bc"
    );
    assert_eq!(
        read(json!({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": second})),
        "c"
    );
    assert_eq!(read(json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 0.5})), "abc");
    assert_eq!(read(json!({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 9e9})), "");
}

#[test]
fn the_wire_api_puts_and_pages() {
    let kinesis = kinesis(2);
    let record =
        |data: &str| json!({"Data": STANDARD.encode(data), "PartitionKey": "k", "ExplicitHashKey": "0"});
    let records = json!({"StreamARN": crate::account::stream_arn("changes"), "Records": [record("one"), record("two")]});
    let placed = call(&kinesis, "PutRecords", &records);
    assert_eq!(placed["Records"][1]["ShardId"], "shardId-000000000000");
    let start = json!({"StreamName": "changes", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = call(&kinesis, "GetShardIterator", &start)["ShardIterator"].clone();
    let first = call(&kinesis, "GetRecords", &json!({"ShardIterator": iterator, "Limit": 1}));
    let second =
        call(&kinesis, "GetRecords", &json!({"ShardIterator": first["NextShardIterator"], "Limit": 1}));
    assert_eq!(first["Records"][0]["Data"], STANDARD.encode("one"));
    assert_eq!(second["Records"][0]["Data"], STANDARD.encode("two"));
    assert_eq!(
        call(&kinesis, "ListShards", &json!({"StreamName": "changes"}))["Shards"].as_array().unwrap().len(),
        2
    );
    assert_eq!(call(&kinesis, "ListStreams", &json!({}))["StreamNames"], json!(["changes"]));
}

#[test]
fn faults_have_the_codes_of_kinesis() {
    let kinesis = kinesis(1);
    let code = |operation, body: Value| {
        api::call(&kinesis, operation, body.to_string().as_bytes()).unwrap_err().code
    };
    let stream = |name: &str| json!({"StreamName": name});
    assert_eq!(code("DescribeStreamSummary", stream("other")), "ResourceNotFoundException");
    assert_eq!(code("GetRecords", json!({"ShardIterator": "made up"})), "InvalidArgumentException");
    assert_eq!(
        code("PutRecord", json!({"StreamName": "changes", "PartitionKey": "", "Data": ""})),
        "InvalidArgumentException"
    );
    assert_eq!(code("MergeShards", stream("changes")), "UnknownOperationException");
}
