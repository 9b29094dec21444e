//! Reading every stream: a segmented scan that goes on from any commit.

use std::collections::HashMap;
use std::num::NonZeroU16;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{Commit, ScanCursor, ScanPage, Segment, StoreError};
use tracing::field::Empty;

use crate::capacity::Capacity;
use crate::failure::{EmptyPage, store_error};
use crate::order::{self, Place};
use crate::{DynamoEventStore, read};

/// The page of `segment` behind `from`.
///
/// DynamoDB promises that all items of one partition key are in one segment ("Scanning tables", section "Parallel
/// scan"), and gives them together and in order, but does not promise that. So each commit is held against
/// the one before it; where it is not the next, the commits between are read by `Query`. Such a stream still comes
/// in order and whole; some of its commits may come again.
#[tracing::instrument(name = "event_store.load_all", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Scan",
    db.collection.name = store.table, aws.dynamodb.segment = i64::from(segment.index),
    aws.dynamodb.total_segments = i64::from(segment.total), aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn load_all(
    store: &DynamoEventStore,
    segment: Segment,
    from: Option<&ScanCursor>,
    page: NonZeroU16,
) -> Result<ScanPage, StoreError> {
    let scan = store
        .client
        .scan()
        .table_name(&store.table)
        .segment(count(segment.index))
        .total_segments(count(segment.total))
        .consistent_read(true)
        .limit(i32::from(page.get()))
        .set_exclusive_start_key(from.map(start_key))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(scan.send()).await.map_err(store_error)?;
    Capacity::of(answer.consumed_capacity()).record(&store.table);
    let (commits, behind) = in_order(store, answer.items(), from.cloned()).await?;
    match answer.last_evaluated_key() {
        Some(_) if answer.items().is_empty() => Err(StoreError::Unavailable(Box::new(EmptyPage))),
        Some(_) => Ok(ScanPage { commits, next: behind }),
        None => Ok(ScanPage { commits, next: None }),
    }
}

/// The commits in `items`, each stream's in order, and the cursor behind the last of them.
async fn in_order(
    store: &DynamoEventStore,
    items: &[HashMap<String, AttributeValue>],
    mut behind: Option<ScanCursor>,
) -> Result<(Vec<Commit>, Option<ScanCursor>), StoreError> {
    let mut commits = Vec::new();
    for item in items {
        let found = read::commit(item)?;
        let mut cursor = ScanCursor { stream: found.stream.clone(), first: found.first, last: found.last() };
        match order::place(behind.as_ref(), &found) {
            Place::Next => commits.push(found),
            Place::Passed(last) => cursor.last = last,
            Place::Behind(after) => commits.extend(order::up_to(store, &found, after).await?),
        }
        behind = Some(cursor);
    }
    Ok((commits, behind))
}

fn start_key(cursor: &ScanCursor) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(cursor.stream.to_string())),
        ("sk".to_owned(), AttributeValue::N(cursor.first.to_string())),
    ])
}

/// DynamoDB refuses more than 1,000,000 segments, so that the largest number stands for all above it.
fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
