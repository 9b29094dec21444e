//! Grouping and answering do not depend on the order or number of deliveries.
#![expect(clippy::unwrap_used, reason = "a test ends where what it stands on fails")]

use std::collections::BTreeSet;

use es_core::{
    Category, Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion,
};
use event_stream::{Batch, BatchResponse, Delivery, Record, SequenceNumber, StreamGroup, group};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

/// What one record brings: stream, version of the first event, number of events.
type Brought = (u8, u64, usize);

fn commit((stream, first, events): Brought) -> Commit {
    let stream = StreamId::new(Category::new("account"), Uuid::from_u128(stream.into()));
    let event = StoredEvent { event_type: "Happened".to_owned(), schema: 1, data: json!({ "first": first }) };
    let metadata = Metadata {
        occurred_at: es_core::Timestamp::MIN,
        actor: "user".to_owned(),
        key: IdempotencyKey::try_from("key".to_owned()).unwrap(),
        request_hash: RequestHash::stored(String::new()),
        traceparent: None,
        correlation_id: String::new(),
        causation_id: String::new(),
    };
    Commit { stream, first: StreamVersion::new(first), events: vec![event; events], metadata, snapshot: None }
}

fn records(count: usize) -> Vec<Record> {
    let record =
        |number: usize| json!({ "kinesis": { "sequenceNumber": (number + 1).to_string(), "data": "" } });
    let records: Vec<_> = (0..count).map(record).collect();
    serde_json::from_value::<Batch>(json!({ "Records": records })).unwrap().records
}

fn deliveries<'a>(records: &'a [Record], brought: &[Brought]) -> Vec<Delivery<'a>> {
    let delivery = |(record, brought)| Delivery { record, commit: commit(brought), written_at: None };
    records.iter().zip(brought.iter().copied()).map(delivery).collect()
}

fn versions(group: &StreamGroup<'_>) -> Vec<u64> {
    group.deliveries.iter().map(|delivery| delivery.commit.first.get()).collect()
}

#[test]
fn commits_are_sorted_by_version_and_come_once() {
    let records = records(5);
    let groups = group(deliveries(&records, &[(1, 3, 1), (2, 1, 1), (1, 1, 2), (1, 3, 1), (1, 4, 1)]));
    assert_eq!(groups.iter().map(versions).collect::<Vec<_>>(), [vec![1, 3, 4], vec![1]]);
    assert_eq!(groups.iter().map(|group| group.duplicates).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(groups[0].deliveries[1].record.sequence.as_str(), "1", "the earliest record is kept");
    assert_eq!(groups[0].earliest.as_str(), "1");
}

#[test]
fn streams_come_in_the_order_of_their_earliest_records() {
    let records = records(11);
    let mut brought = vec![(9, 2, 1); 8];
    brought.extend([(5, 1, 1), (3, 1, 1), (1, 1, 1)]);
    let groups = group(deliveries(&records, &brought));
    let earliest: Vec<_> = groups.iter().map(|group| group.earliest.as_str()).collect();
    assert_eq!(earliest, ["1", "9", "10", "11"], "by number, not by text");
}

#[test]
fn the_answer_names_the_lowest_number_or_nothing() {
    let numbers = ["100", "99", "0101"].map(SequenceNumber::new);
    let response = BatchResponse::of(&numbers);
    assert_eq!(
        serde_json::to_value(response).unwrap(),
        json!({ "batchItemFailures": [{ "itemIdentifier": "99" }] })
    );
    assert_eq!(serde_json::to_value(BatchResponse::of([])).unwrap(), json!({ "batchItemFailures": [] }));
}

#[test]
fn what_is_no_number_never_becomes_the_checkpoint_before_a_number() {
    let numbers = ["", "12x", "7"].map(SequenceNumber::new);
    assert_eq!(BatchResponse::of(&numbers), BatchResponse::of([&numbers[2]]));
}

proptest! {
    #[test]
    fn any_order_gives_the_same_groups(
        (brought, order) in prop::collection::vec((0..4_u8, 1..6_u64, 1..3_usize), 0..40)
            .prop_flat_map(|brought| {
                let order: Vec<usize> = (0..brought.len()).collect();
                (Just(brought), Just(order).prop_shuffle())
            })
    ) {
        let records = records(brought.len());
        let in_order = deliveries(&records, &brought);
        let shuffled: Vec<_> = order.iter().map(|index| in_order[*index].clone()).collect();
        prop_assert_eq!(group(shuffled), group(in_order));
    }

    #[test]
    fn any_duplication_gives_the_same_commits(
        brought in prop::collection::vec((0..4_u8, 1..6_u64), 1..20),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let once: Vec<Brought> = brought.iter().map(|(stream, first)| (*stream, *first, 1)).collect();
        let mut twice = once.clone();
        twice.extend(again.iter().map(|index| *index.get(&once)));
        let records = records(twice.len());

        let expected = group(deliveries(&records, &once));
        let found = group(deliveries(&records, &twice));
        let commits = |groups: &[StreamGroup<'_>]| -> Vec<Commit> {
            groups.iter().flat_map(|group| &group.deliveries).map(|found| found.commit.clone()).collect()
        };
        prop_assert_eq!(commits(&found), commits(&expected));

        let distinct: BTreeSet<_> = once.iter().map(|(stream, first, _)| (stream, first)).collect();
        let dropped: u64 = found.iter().map(|group| group.duplicates).sum();
        prop_assert_eq!(usize::try_from(dropped).unwrap(), twice.len() - distinct.len());
    }

    #[test]
    fn sequence_numbers_compare_as_numbers(a in any::<u128>(), b in any::<u128>()) {
        let [x, y] = [a, b].map(|number| SequenceNumber::new(number.to_string()));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
    }
}
