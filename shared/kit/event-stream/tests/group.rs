//! The groups and the response do not depend on the order or the repetition of deliveries.
#![expect(clippy::unwrap_used, reason = "a test fails where its setup fails")]

use std::collections::BTreeSet;

use es_core::{
    Category, Commit, IdempotencyKey, Metadata, RequestHash, StoredEvent, StreamId, StreamVersion,
};
use event_stream::{Batch, BatchResponse, Delivery, Record, SequenceNumber, StreamGroup, group};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

/// The commit in one record: the stream, the version of the first event, and the number of events.
type Delivered = (u8, u64, usize);

fn commit((stream, first, events): Delivered) -> Commit {
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

fn deliveries<'a>(records: &'a [Record], delivered: &[Delivered]) -> Vec<Delivery<'a>> {
    let delivery = |(record, delivered)| Delivery { record, commit: commit(delivered) };
    records.iter().zip(delivered.iter().copied()).map(delivery).collect()
}

fn versions(group: &StreamGroup<'_>) -> Vec<u64> {
    group.deliveries.iter().map(|delivery| delivery.commit.first.get()).collect()
}

#[test]
fn commits_are_sorted_by_version_and_repeated_ones_are_dropped() {
    let records = records(5);
    let groups = group(deliveries(&records, &[(1, 3, 1), (2, 1, 1), (1, 1, 2), (1, 3, 1), (1, 4, 1)]));
    assert_eq!(groups.iter().map(versions).collect::<Vec<_>>(), [vec![1, 3, 4], vec![1]]);
    assert_eq!(groups.iter().map(|group| group.duplicates).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(groups[0].deliveries[1].record.sequence.as_str(), "1", "the earliest record must be kept");
    assert_eq!(groups[0].earliest.as_str(), "1");
}

#[test]
fn groups_are_sorted_by_their_earliest_records() {
    let records = records(11);
    let mut delivered = vec![(9, 2, 1); 8];
    delivered.extend([(5, 1, 1), (3, 1, 1), (1, 1, 1)]);
    let groups = group(deliveries(&records, &delivered));
    let earliest: Vec<_> = groups.iter().map(|group| group.earliest.as_str()).collect();
    assert_eq!(
        earliest,
        ["1", "9", "10", "11"],
        "sequence numbers must be compared as numbers, not as texts"
    );
}

#[test]
fn the_response_names_the_lowest_sequence_number_or_nothing() {
    let numbers = ["100", "99", "0101"].map(SequenceNumber::new);
    let response = BatchResponse::from_failed(&numbers);
    assert_eq!(
        serde_json::to_value(response).unwrap(),
        json!({ "batchItemFailures": [{ "itemIdentifier": "99" }] })
    );
    assert_eq!(
        serde_json::to_value(BatchResponse::from_failed([])).unwrap(),
        json!({ "batchItemFailures": [] })
    );
}

#[test]
fn a_text_that_is_not_a_number_never_becomes_the_checkpoint_before_a_number() {
    let numbers = ["", "12x", "7"].map(SequenceNumber::new);
    assert_eq!(BatchResponse::from_failed(&numbers), BatchResponse::from_failed([&numbers[2]]));
}

#[test]
fn a_sequence_number_is_written_as_it_was_read() {
    for text in ["49590338271490256608559692538361571095921575989136588898", "0101", ""] {
        assert_eq!(SequenceNumber::new(text).to_string(), text);
    }
}

proptest! {
    #[test]
    fn any_order_results_in_the_same_groups(
        (delivered, order) in prop::collection::vec((0..4_u8, 1..6_u64, 1..3_usize), 0..40)
            .prop_flat_map(|delivered| {
                let order: Vec<usize> = (0..delivered.len()).collect();
                (Just(delivered), Just(order).prop_shuffle())
            })
    ) {
        let records = records(delivered.len());
        let in_order = deliveries(&records, &delivered);
        let shuffled: Vec<_> = order.iter().map(|index| in_order[*index].clone()).collect();
        prop_assert_eq!(group(shuffled), group(in_order));
    }

    #[test]
    fn any_repetition_results_in_the_same_commits(
        delivered in prop::collection::vec((0..4_u8, 1..6_u64), 1..20),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let once: Vec<Delivered> = delivered.iter().map(|(stream, first)| (*stream, *first, 1)).collect();
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
    fn sequence_numbers_are_compared_as_numbers(a in any::<u128>(), b in any::<u128>()) {
        let [x, y] = [a, b].map(|number| SequenceNumber::new(number.to_string()));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        prop_assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b));
    }
}
