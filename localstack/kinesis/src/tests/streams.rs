//! Tests of streams through the library.

use std::time::Duration;

use stack_base::store::SqliteStore;
use stack_template::Stream;

use super::fixture::{entry, keys, kinesis, stream};
use crate::{Entry, Kinesis, SequenceNumber, Slice};

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
fn a_read_stops_at_its_byte_limit_but_returns_at_least_one_record() {
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
fn a_reopened_stream_keeps_its_shards() {
    let store = SqliteStore::in_memory(crate::SCHEMAS).unwrap();
    Kinesis::open(store.clone(), &[stream()], 4).unwrap();
    assert_eq!(Kinesis::open(store, &[stream()], 2).unwrap().shards("changes").unwrap().len(), 4);
}

#[test]
fn a_source_position_is_stored_with_its_records() {
    let kinesis = kinesis(1);
    assert_eq!(kinesis.position_of("table").unwrap(), 0);
    kinesis.put_from("changes", &[entry("a")], "table", 17).unwrap();
    assert_eq!(kinesis.position_of("table").unwrap(), 17);
}

#[test]
fn trimming_keeps_unfinished_and_the_newest_records() {
    let kinesis = kinesis(1);
    let placed = kinesis.put("changes", &["a", "b", "c", "d", "e"].map(entry)).unwrap();
    let whole = Slice::whole(0, SequenceNumber(0));
    kinesis.trim_to(2).unwrap();
    assert_eq!(keys(&kinesis, whole).concat(), "abcde", "without a mapping no record counts as finished");
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
fn trimming_deletes_records_past_their_retention() {
    let stream = Stream { retention: Duration::ZERO, ..stream() };
    let kinesis = Kinesis::open(SqliteStore::in_memory(crate::SCHEMAS).unwrap(), &[stream], 1).unwrap();
    kinesis.put("changes", &[entry("a")]).unwrap();
    let arrived = kinesis.newest_arrival("changes", 0).unwrap().unwrap();
    while stack_base::clock::now_ms() <= arrived {
        std::thread::yield_now();
    }
    kinesis.trim().unwrap();
    assert_eq!(keys(&kinesis, Slice::whole(0, SequenceNumber(0))), [""; 0]);
}
