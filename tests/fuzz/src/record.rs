//! Records of the event stream.

use event_store::CommitItem;
use event_stream::{Batch, BatchResponse, Content, Delivery, Record, decode, group};
use serde_json::Value;
use testing_in_memory::kinesis;

use crate::{projections, wait};

/// Takes `data` for a batch as Lambda delivers it, or else for the data of records, one in each line.
///
/// - Decoding never fails: what cannot be read is poison.
/// - A commit that was read, written again and read again is the same, and its item says what the record says.
/// - The groups of a batch do not depend on the order of its records, and the lowest failure is where it begins again.
/// - No projection panics, and none is held up.
pub fn check(data: &[u8]) {
    let lines = || kinesis::batch(data.split(|byte| *byte == b'\n').take(MOST).map(<[u8]>::to_vec));
    let batch: Batch = serde_json::from_slice(data).unwrap_or_else(|_| lines());
    for record in &batch.records {
        round_trips(record);
    }
    order_does_not_matter(&batch);
    wait::for_end_of(projections::take(&batch));
}

/// The most records of a batch: enough for every order of a few.
const MOST: usize = 8;

fn round_trips(record: &Record) {
    let Content::Commit { mut commit, .. } = decode(record) else { return };
    let item = CommitItem::try_from(commit.as_ref()).unwrap();
    assert_eq!(item.clone().try_into(), Ok(*commit.clone()), "as an item");
    says_the_same(&item, record);
    // The sample change record has no trace.
    commit.metadata.traceparent = None;
    let again = kinesis::commits([commit.as_ref()]);
    let Content::Commit { commit: read, .. } = decode(&again.records[0]) else {
        panic!("{commit:?} does not come through the stream");
    };
    assert_eq!(read, commit, "as a record");
}

/// `item` has the texts and numbers that stand in `record`: another key would be another item.
fn says_the_same(item: &CommitItem, record: &Record) {
    // What is not read need not be text at all, as `"\ud800"`.
    let Ok(change) = serde_json::from_slice::<Value>(&record.bytes().unwrap()) else { return };
    let image = &change["dynamodb"]["NewImage"];
    for (name, text) in [
        ("pk", &item.pk),
        ("by", &item.by),
        ("key", &item.key),
        ("request_hash", &item.request_hash),
        ("correlation_id", &item.correlation_id),
        ("causation_id", &item.causation_id),
    ] {
        assert_eq!(image[name]["S"], *text, "{name}");
    }
    assert_eq!(image["traceparent"]["S"].as_str(), item.traceparent.as_deref());
    for (name, number) in [("sk", item.sk), ("count", item.count)] {
        assert_eq!(image[name]["N"].as_str().unwrap().parse(), Ok(number), "{name}");
    }
}

fn order_does_not_matter(batch: &Batch) {
    let deliveries: Vec<_> = batch.records.iter().filter_map(delivery).collect();
    let reversed = deliveries.iter().rev().cloned();
    let groups = group(deliveries.clone());
    let streams = |groups: &[event_stream::StreamGroup<'_>]| {
        let mut streams: Vec<_> =
            groups.iter().map(|one| (one.stream.clone(), one.deliveries.len())).collect();
        streams.sort();
        streams
    };
    assert_eq!(streams(&groups), streams(&group(reversed)));
    for one in &groups {
        assert!(one.deliveries.is_sorted_by(|a, b| a.commit.first < b.commit.first), "{:?}", one.stream);
        let failed = BatchResponse::of(one.deliveries.iter().map(|delivery| &delivery.record.sequence));
        assert_eq!(failed.batch_item_failures[0].item_identifier, *one.earliest);
    }
}

fn delivery(record: &Record) -> Option<Delivery<'_>> {
    match decode(record) {
        Content::Commit { commit, written_at } => Some(Delivery { record, commit: *commit, written_at }),
        Content::Ignored(_) | Content::Poison(_) => None,
    }
}
