//! Checks records of the event stream.

use event_store::CommitItem;
use event_stream::{Batch, BatchResponse, Content, Delivery, Record, decode, group};
use serde_json::Value;
use testing_in_memory::kinesis;

use crate::{projections, wait};

/// Uses `data` as a batch from Lambda, or as the data of one record per line.
///
/// - Decoding never fails: an unreadable record is poison.
/// - A commit stays the same when it is read, written and read again, and its item equals the record.
/// - The groups of a batch do not depend on the sequence of its records, and a retry begins at the earliest failure.
/// - No projection panics or reports a failed record.
pub fn check(data: &[u8]) {
    let lines = || kinesis::batch(data.split(|byte| *byte == b'\n').take(MOST).map(<[u8]>::to_vec));
    let batch: Batch = serde_json::from_slice(data).unwrap_or_else(|_| lines());
    for record in &batch.records {
        round_trips(record);
    }
    order_does_not_matter(&batch);
    wait::for_end_of(projections::project(&batch));
}

/// The most records in a batch. So many allow several commits of several streams.
const MOST: usize = 8;

fn round_trips(record: &Record) {
    let Content::Commit(commit) = decode(record, kinesis::EVENT_TABLE) else { return };
    let item = CommitItem::try_from(commit.as_ref()).unwrap();
    assert_eq!(item.clone().try_into(), Ok(*commit.clone()), "as an item");
    has_the_same_values(&item, record);
    let again = kinesis::commits([commit.as_ref()]);
    let Content::Commit(read) = decode(&again.records[0], kinesis::EVENT_TABLE) else {
        panic!("{commit:?} cannot be read from the stream");
    };
    assert_eq!(read, commit, "as a record");
}

/// Checks that `item` has the same texts and numbers as `record`. With another text or number in its key, the item
/// would be another item of the table.
fn has_the_same_values(item: &CommitItem, record: &Record) {
    // Members that the decoder ignores may contain invalid text, such as `"\ud800"`.
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
        let failed =
            BatchResponse::from_failed(one.deliveries.iter().map(|delivery| &delivery.record.sequence));
        assert_eq!(failed.batch_item_failures[0].item_identifier, *one.earliest);
    }
}

fn delivery(record: &Record) -> Option<Delivery<'_>> {
    match decode(record, kinesis::EVENT_TABLE) {
        Content::Commit(commit) => Some(Delivery { record, commit: *commit }),
        Content::Ignored(_) | Content::Poison(_) => None,
    }
}
