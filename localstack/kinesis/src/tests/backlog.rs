//! Tests of counting records and backlogs.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_base::clock::now_ms;
use stack_base::store::SqliteStore;
use stack_template::{EventSource, EventSourceMapping, StartingPosition};

use super::fixture::{entry, stream};
use crate::{Checkpoints, Kinesis, RecordPosition, SequenceNumber, undelivered};

fn mapping(lanes: u16) -> EventSourceMapping {
    EventSourceMapping {
        id: "project".to_owned(),
        source: EventSource::Kinesis { stream: "changes".to_owned(), consumer_arn: None },
        enabled: true,
        maximum_concurrency: None,
        filters: None,
        function: "Project".to_owned(),
        batch_size: 10,
        batching_window: Duration::ZERO,
        starting_position: StartingPosition::TrimHorizon,
        bisect_on_error: false,
        maximum_retries: None,
        maximum_record_age: None,
        parallelization_factor: lanes,
        reports_batch_item_failures: true,
        on_failure_queue: None,
    }
}

#[test]
fn the_backlog_of_a_shard_has_the_records_that_some_lane_has_not_finished() {
    let store = SqliteStore::in_memory(crate::SCHEMAS).unwrap();
    let kinesis = Kinesis::open(store.clone(), &[stream()], 2).unwrap();
    let entries: Vec<_> = (0..40).map(|number| entry(&format!("key-{number}"))).collect();
    let began = now_ms();
    let placed: Vec<RecordPosition> = kinesis.put("changes", &entries).unwrap();
    let in_shard = |shard| placed.iter().filter(move |placed| placed.shard == shard);
    let counts = kinesis.record_counts("changes").unwrap();
    let expected = [0, 1].map(|shard| (shard, in_shard(shard).count().try_into().unwrap()));
    assert_eq!(counts, BTreeMap::from(expected));

    let mapping = mapping(2);
    let backlog = kinesis.backlog(&mapping).unwrap();
    assert_eq!(backlog.iter().map(|shard| (shard.shard, shard.records)).collect::<Vec<_>>(), expected);
    assert!(backlog.iter().all(|shard| shard.oldest_ms.is_some_and(|oldest| oldest >= began)));

    Checkpoints::new(store.clone(), &mapping, 0, 1).save(SequenceNumber(0)).unwrap();
    let last = in_shard(0).next_back().unwrap().sequence;
    Checkpoints::new(store.clone(), &mapping, 0, 0).save(last).unwrap();
    let half = kinesis.backlog(&mapping).unwrap()[0].records;
    assert!(half > 0 && half < expected[0].1, "{half}");
    let total: u64 = kinesis.backlog(&mapping).unwrap().iter().map(|shard| shard.records).sum();
    assert_eq!(total, undelivered(&store, &mapping).unwrap());

    Checkpoints::new(store, &mapping, 0, 1).save(last).unwrap();
    let backlog = kinesis.backlog(&mapping).unwrap();
    assert_eq!((backlog[0].records, backlog[0].oldest_ms), (0, None));
    assert_eq!(backlog[1].records, expected[1].1);
}
