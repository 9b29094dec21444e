//! Tests of the way from a write in the engine to a record in the stream.

use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use stack_base::chaos::{Chaos, Disorder};
use stack_base::store::{Location, SqliteStore};
use stack_kinesis::{Kinesis, Record, SCHEMAS, SequenceNumber, Slice};
use stack_template::{ChangeStream, Stream, TimePrecision};
use uuid::Uuid;

use super::Bridge;
use super::outbox::Outbox;

struct Fixture {
    chaos: &'static str,
    database: Database,
    location: Location,
    kinesis: Kinesis,
}

impl Fixture {
    fn new() -> Self {
        let location = Location::Memory(Uuid::new_v4());
        let database = Database::new(&location.database("dynamodb")).unwrap();
        let table = json!({
            "TableName": "events",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"}
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        });
        database.create_table(serde_json::from_value(table).unwrap()).unwrap();
        let retention = Duration::from_hours(24);
        let stream = Stream { logical_id: "Changes".to_owned(), name: "changes".to_owned(), retention, shards: None };
        let kinesis = Kinesis::open(SqliteStore::open(&location, SCHEMAS).unwrap(), &[stream], 4).unwrap();
        Self { chaos: "seed=1", database, location, kinesis }
    }

    fn bridge(&self, precision: TimePrecision) -> Bridge {
        Bridge {
            outbox: Outbox::open(self.database.clone(), &self.location, "events").unwrap(),
            kinesis: self.kinesis.clone(),
            target: ChangeStream { stream: "changes".to_owned(), precision },
            position: self.kinesis.position_of("events").unwrap(),
            disorder: Disorder::new(Chaos::new(&self.chaos.parse().unwrap())),
            untrimmed: 0,
        }
    }

    fn put(&self, pk: &str, sk: usize, text: &str) {
        let item = json!({"pk": {"S": pk}, "sk": {"N": sk.to_string()}, "text": {"S": text}});
        let request = json!({"TableName": "events", "Item": item});
        self.database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    fn delete(&self, pk: &str, sk: usize) {
        let request = json!({"TableName": "events", "Key": {"pk": {"S": pk}, "sk": {"N": sk.to_string()}}});
        self.database.delete_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    fn shard(&self, shard: u32) -> Vec<Record> {
        self.kinesis.read("changes", Slice::whole(shard, SequenceNumber(0)), 1000, usize::MAX).unwrap()
    }

    fn published(&self) -> Vec<Record> {
        let mut records: Vec<Record> = (0..4).flat_map(|shard| self.shard(shard)).collect();
        records.sort_by_key(|record| record.sequence);
        records
    }
}

fn json_of(record: &Record) -> Value {
    serde_json::from_slice(&record.data).unwrap()
}

#[test]
fn each_kind_of_change_has_awss_record_format() {
    let fixture = Fixture::new();
    fixture.put("order-1", 1, "old");
    fixture.put("order-1", 1, "new");
    fixture.delete("order-1", 1);
    fixture.bridge(TimePrecision::Millisecond).publish_all().unwrap();
    let records: Vec<Value> = fixture.published().iter().map(json_of).collect();
    let names: Vec<&str> = records.iter().map(|record| record["eventName"].as_str().unwrap()).collect();
    assert_eq!(names, ["INSERT", "MODIFY", "REMOVE"]);
    let insert = &records[0];
    assert_eq!((&insert["tableName"], &insert["userIdentity"]), (&json!("events"), &Value::Null));
    assert_eq!(
        (&insert["recordFormat"], &insert["eventSource"]),
        (&json!("application/json"), &json!("aws:dynamodb"))
    );
    assert_eq!(insert["dynamodb"]["Keys"], json!({"pk": {"S": "order-1"}, "sk": {"N": "1"}}));
    assert_eq!(insert["dynamodb"]["NewImage"]["text"], json!({"S": "old"}));
    // Keys: pk 2+7, sk 2+2. The image has both keys, and text 4+3.
    assert_eq!(insert["dynamodb"]["SizeBytes"], 13 + 13 + 7);
    assert!(insert["dynamodb"].get("OldImage").is_none());
    assert!(Uuid::parse_str(insert["eventID"].as_str().unwrap()).is_ok());
    assert_eq!(records[1]["dynamodb"]["OldImage"]["text"], json!({"S": "old"}));
    assert!(records[2]["dynamodb"].get("NewImage").is_none());
}

#[test]
fn the_time_has_the_precision_of_the_table() {
    let time = |precision| {
        let fixture = Fixture::new();
        fixture.put("order-1", 1, "a");
        fixture.bridge(precision).publish_all().unwrap();
        json_of(&fixture.published()[0])["dynamodb"].clone()
    };
    let (milli, micro) = (time(TimePrecision::Millisecond), time(TimePrecision::Microsecond));
    let digits = |value: &Value| value["ApproximateCreationDateTime"].as_i64().unwrap().to_string().len();
    assert_eq!((digits(&milli), digits(&micro)), (13, 16));
    assert!(milli.get("ApproximateCreationDateTimePrecision").is_none());
    assert_eq!(micro["ApproximateCreationDateTimePrecision"], "MICROSECOND");
}

#[test]
fn items_of_one_partition_spread_over_the_shards() {
    let fixture = Fixture::new();
    (1..=40).for_each(|version| fixture.put("order-1", version, "a"));
    fixture.bridge(TimePrecision::Millisecond).publish_all().unwrap();
    assert!((0..4).all(|shard| !fixture.shard(shard).is_empty()));
}

#[test]
fn a_restarted_bridge_continues_at_the_stored_position() {
    let fixture = Fixture::new();
    fixture.put("order-1", 1, "a");
    fixture.bridge(TimePrecision::Millisecond).publish_all().unwrap();
    fixture.put("order-1", 2, "b");
    fixture.bridge(TimePrecision::Millisecond).publish_all().unwrap();
    assert_eq!(fixture.published().len(), 2);
}

#[test]
fn trimming_keeps_unpublished_changes_and_the_numbering() {
    let fixture = Fixture::new();
    let mut bridge = fixture.bridge(TimePrecision::Millisecond);
    (1..=3).for_each(|version| fixture.put("order-1", version, "a"));
    bridge.publish_all().unwrap();
    fixture.put("order-1", 4, "b");
    bridge.trim().unwrap();
    let left = bridge.outbox.read(0, 10).unwrap();
    assert_eq!(left.len(), 2, "the newest published change and the unpublished change");
    bridge.publish_all().unwrap();
    assert_eq!(fixture.published().len(), 4);
}

/// The version of each published change, in stream order.
fn versions(fixture: &Fixture) -> Vec<String> {
    let version =
        |record: &Record| json_of(record)["dynamodb"]["Keys"]["sk"]["N"].as_str().unwrap().to_owned();
    fixture.published().iter().map(version).collect()
}

#[test]
fn a_held_record_is_published_behind_later_records() {
    let fixture = Fixture { chaos: "reorder=1", ..Fixture::new() };
    let mut bridge = fixture.bridge(TimePrecision::Millisecond);
    fixture.put("order-1", 1, "a");
    bridge.publish_all().unwrap();
    assert_eq!(versions(&fixture), [""; 0]);
    bridge.disorder.stop_faults();
    fixture.put("order-1", 2, "b");
    bridge.publish_all().unwrap();
    assert_eq!(versions(&fixture), ["2", "1"]);
}

#[test]
fn a_killed_bridge_loses_no_held_record() {
    let mut fixture = Fixture { chaos: "reorder=1", ..Fixture::new() };
    let mut killed = fixture.bridge(TimePrecision::Millisecond);
    fixture.put("order-1", 1, "a");
    killed.publish_all().unwrap();
    killed.disorder.stop_faults();
    fixture.put("order-1", 2, "b");
    killed.trim().unwrap();
    drop(killed);
    fixture.chaos = "seed=1";
    fixture.bridge(TimePrecision::Millisecond).publish_all().unwrap();
    assert_eq!(versions(&fixture), ["1", "2"]);
}

#[test]
fn a_duplicate_is_published_after_its_record() {
    let fixture = Fixture { chaos: "duplicates=1", ..Fixture::new() };
    let mut bridge = fixture.bridge(TimePrecision::Millisecond);
    fixture.put("order-1", 1, "a");
    bridge.publish_all().unwrap();
    fixture.put("order-1", 2, "b");
    bridge.publish_all().unwrap();
    assert_eq!(versions(&fixture), ["1", "2", "1"]);
    bridge.publish_all().unwrap();
    assert_eq!(versions(&fixture), ["1", "2", "1", "2"]);
}
