//! Tests of resharding: closed shards and their children.

use serde_json::{Value, json};

use super::fixture::{call, code, entry, keys, kinesis, provisioned};
use crate::{Entry, Kinesis, SequenceNumber, Shard, Slice};

fn open(kinesis: &Kinesis) -> Vec<Shard> {
    let mut open: Vec<Shard> =
        kinesis.shards("changes").unwrap().into_iter().filter(Shard::is_open).collect();
    open.sort_by_key(|shard| shard.first);
    open
}

fn resharded(from: u32, to: u32) -> Kinesis {
    let kinesis = kinesis(from);
    assert_eq!(kinesis.update_shard_count("changes", to).unwrap(), from);
    kinesis
}

fn all_ids(answer: &Value) -> Vec<String> {
    let id =
        |shard: &Value| shard["ShardId"].as_str().unwrap().trim_start_matches("shardId-00000000").to_owned();
    answer["Shards"].as_array().unwrap().iter().map(id).collect()
}

#[test]
fn resharding_leaves_equal_open_shards_without_gap_or_overlap() {
    for (from, to) in [(1, 2), (2, 1), (4, 8), (4, 3), (3, 5), (5, 3), (4, 4)] {
        let open = open(&resharded(from, to));
        assert_eq!(open.len(), usize::try_from(to).unwrap(), "{from} to {to}");
        assert_eq!((open[0].first, open[open.len() - 1].last), (0, u128::MAX));
        assert!(open.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
        let width = u128::MAX / u128::from(to);
        assert!(open.iter().all(|shard| (shard.last - shard.first).abs_diff(width) <= 1));
    }
}

#[test]
fn a_child_starts_after_its_parents_end() {
    let kinesis = resharded(4, 6);
    kinesis.update_shard_count("changes", 3).unwrap();
    let shards = kinesis.shards("changes").unwrap();
    let mut inherited = 0;
    for shard in shards.iter().filter(|shard| shard.parents().next().is_some()) {
        for parent in shard.parents() {
            let parent = shards.iter().find(|candidate| candidate.number == parent).unwrap();
            assert!(parent.ending.unwrap() < shard.starting);
            assert!(parent.first <= shard.last && shard.first <= parent.last);
            inherited += 1;
        }
        assert!(shard.ending.is_none_or(|ending| shard.starting <= ending));
    }
    assert!(inherited > 6, "{inherited}");
}

#[test]
fn new_records_go_to_the_child_and_old_records_stay_in_the_parent() {
    let kinesis = kinesis(1);
    let entries: Vec<Entry> = (0..20).map(|number| entry(&number.to_string())).collect();
    kinesis.put("changes", &entries).unwrap();
    kinesis.update_shard_count("changes", 2).unwrap();
    let placed = kinesis.put("changes", &entries).unwrap();
    assert!(placed.iter().all(|placed| placed.shard > 0));
    assert_eq!(keys(&kinesis, Slice::whole(0, SequenceNumber(0))).len(), 20);
    let children: usize = open(&kinesis)
        .iter()
        .map(|shard| keys(&kinesis, Slice::whole(shard.number, SequenceNumber(0))).len())
        .sum();
    assert_eq!(children, 20);
}

#[test]
fn a_closed_shard_stays_readable_and_its_end_names_its_children() {
    let kinesis = kinesis(2);
    let mut first = entry("a");
    first.explicit_hash_key = Some(0);
    kinesis.put("changes", &[first]).unwrap();
    kinesis.update_shard_count("changes", 1).unwrap();
    let start = json!({"StreamName": "changes", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"});
    let iterator = call(&kinesis, "GetShardIterator", &start);
    let records = call(&kinesis, "GetRecords", &iterator);
    assert_eq!(records["Records"].as_array().unwrap().len(), 1);
    let end = call(&kinesis, "GetRecords", &json!({"ShardIterator": records["NextShardIterator"]}));
    assert_eq!((&end["NextShardIterator"], &end["Records"]), (&Value::Null, &json!([])));
    let range = json!({"StartingHashKey": "0", "EndingHashKey": u128::MAX.to_string()});
    let parents = ["shardId-000000000000", "shardId-000000000001"];
    let child = json!({"ShardId": "shardId-000000000002", "ParentShards": parents, "HashKeyRange": range});
    assert_eq!(end["ChildShards"], json!([child]));
}

#[test]
fn the_wire_api_reshards_within_the_limits_of_kinesis() {
    let kinesis = provisioned(4);
    let update = |target: u32| json!({"StreamName": "changes", "TargetShardCount": target, "ScalingType": "UNIFORM_SCALING"});
    let answer = call(&kinesis, "UpdateShardCount", &update(8));
    assert_eq!((&answer["CurrentShardCount"], &answer["TargetShardCount"]), (&json!(4), &json!(8)));
    let summary = call(&kinesis, "DescribeStreamSummary", &json!({"StreamName": "changes"}));
    assert_eq!(summary["StreamDescriptionSummary"]["OpenShardCount"], 8);
    for (refused, with) in
        [(17, "LimitExceededException"), (3, "LimitExceededException"), (0, "ValidationException")]
    {
        assert_eq!(code(&kinesis, "UpdateShardCount", &update(refused)), with, "{refused}");
    }
}

/// Kinesis API reference, `UpdateShardCount`, "Errors": `ValidationException`.
#[test]
fn the_wire_api_does_not_reshard_an_on_demand_stream() {
    let kinesis = kinesis(4);
    let update = json!({"StreamName": "changes", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"});
    assert_eq!(code(&kinesis, "UpdateShardCount", &update), "ValidationException");
    assert_eq!(open(&kinesis).len(), 4);
}

#[test]
fn shards_are_listed_in_pages_and_by_filter() {
    let kinesis = resharded(1, 2);
    let list = |settings: Value| {
        let mut request = json!({"StreamName": "changes"});
        request.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        call(&kinesis, "ListShards", &request)
    };
    let filtered = |filter: Value| all_ids(&list(json!({"ShardFilter": filter})));
    assert_eq!(all_ids(&list(json!({}))), ["0000", "0001", "0002"]);
    assert_eq!(all_ids(&list(json!({"ExclusiveStartShardId": "shardId-000000000000"}))), ["0001", "0002"]);
    assert_eq!(filtered(json!({"Type": "AT_LATEST"})), ["0001", "0002"]);
    assert_eq!(filtered(json!({"Type": "FROM_TRIM_HORIZON"})), ["0000", "0001", "0002"]);
    assert_eq!(filtered(json!({"Type": "AT_TRIM_HORIZON"})), ["0000"]);
    assert_eq!(filtered(json!({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"})), ["0002"]);
    assert_eq!(filtered(json!({"Type": "FROM_TIMESTAMP", "Timestamp": 9e9})), ["0001", "0002"]);
    let first = list(json!({"MaxResults": 2}));
    let second = call(&kinesis, "ListShards", &json!({"NextToken": first["NextToken"], "MaxResults": 2}));
    assert_eq!(
        (all_ids(&first), all_ids(&second)),
        (vec!["0000".to_owned(), "0001".to_owned()], vec!["0002".to_owned()])
    );
    assert_eq!(second["NextToken"], Value::Null);
    let shards = list(json!({}))["Shards"].clone();
    assert_eq!(shards[1]["ParentShardId"], "shardId-000000000000");
    assert!(shards[0]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    let refused = json!({"StreamName": "changes", "ShardFilter": {"Type": "AT_TIMESTAMP"}});
    assert_eq!(code(&kinesis, "ListShards", &refused), "InvalidArgumentException");
}

#[test]
fn a_closed_shard_is_deleted_after_its_retention_period() {
    let kinesis = resharded(2, 4);
    let expire = "UPDATE shards SET closed_ms = 0 WHERE shard = 0";
    kinesis.store().transaction(|transaction| transaction.execute(expire, [])).unwrap();
    kinesis.trim().unwrap();
    let left: Vec<u32> = kinesis.shards("changes").unwrap().iter().map(|shard| shard.number).collect();
    assert_eq!(left, [1, 2, 3, 4, 5]);
}

#[test]
fn trimming_waits_for_a_mapping_without_a_checkpoint_in_the_child() {
    let kinesis = resharded(1, 2);
    let child = open(&kinesis).first().unwrap().number;
    let mut low = entry("a");
    low.explicit_hash_key = Some(0);
    let placed = kinesis.put("changes", &[low.clone(), low.clone(), low]).unwrap();
    let checkpoint = |mapping: &str, shard: u32| {
        let values = (mapping, shard, placed[2].sequence.0);
        let sql = "INSERT INTO checkpoints VALUES (?1, 'changes', ?2, 0, 1, ?3)";
        kinesis.store().transaction(|transaction| transaction.execute(sql, values)).unwrap();
    };
    checkpoint("fast", child);
    checkpoint("slow", 0);
    kinesis.trim_to(1).unwrap();
    assert_eq!(keys(&kinesis, Slice::whole(child, SequenceNumber(0))).len(), 3);
    checkpoint("slow", child);
    kinesis.trim_to(1).unwrap();
    assert_eq!(keys(&kinesis, Slice::whole(child, SequenceNumber(0))).len(), 1);
}

#[test]
fn the_sequence_numbers_of_a_key_increase_through_resharding() {
    let kinesis = kinesis(1);
    let mut last = String::new();
    for target in [2, 4, 8, 16, 8, 16, 8, 4] {
        kinesis.update_shard_count("changes", target).unwrap();
        let number = kinesis.put("changes", &[entry("a")]).unwrap()[0].number.clone();
        assert!(last < number, "{last} before {number}");
        last = number;
    }
}
