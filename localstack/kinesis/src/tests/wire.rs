//! Tests of records and iterators through the wire API.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::fixture::{call, entry, kinesis};

#[test]
fn iterators_of_every_type_start_at_the_right_record() {
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
    let second = placed[1].number.clone();
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
}

#[test]
fn too_many_reads_of_a_shard_in_a_second_are_refused() {
    let kinesis = kinesis(2);
    let iterator = |shard: u32| {
        let id = crate::shard_id(shard);
        let start = json!({"StreamName": "changes", "ShardId": id, "ShardIteratorType": "TRIM_HORIZON"});
        call(&kinesis, "GetShardIterator", &start)
    };
    // A slow machine may need more than six reads until five of them are in one second.
    let read = |_| crate::api::call(&kinesis, "GetRecords", iterator(0).to_string().as_bytes()).err();
    let refused = (0..1_000).find_map(read).expect("a refused read");
    assert_eq!(refused.code, "ProvisionedThroughputExceededException");
    call(&kinesis, "GetRecords", &iterator(1));
}

#[test]
fn the_wire_api_puts_records_and_reads_them_in_pages() {
    let kinesis = kinesis(2);
    let record =
        |data: &str| json!({"Data": STANDARD.encode(data), "PartitionKey": "k", "ExplicitHashKey": "0"});
    let records = json!({"StreamARN": stack_base::account::stream_arn("changes"), "Records": [record("one"), record("two")]});
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
