//! Reading every stream: a segmented scan that goes on from any commit, and its order.

use dynamo::{AttributeMap, PK, PortCall, SK, Table, number, text};
use es_core::{Commit, ScanCursor, ScanPage, Segment, StoreError, StreamVersion};
use std::num::NonZeroU16;
use tracing::field::Empty;

use crate::{item, load};

/// A scan gave no item and yet a place to go on from. Only a filter can bring that about.
#[derive(Debug, thiserror::Error)]
#[error("a page of a scan without a filter is empty and not the last")]
struct EmptyPage;

/// The page of `segment` behind `from`.
///
/// DynamoDB promises that all items of one partition key are in one segment ("Scanning tables", section "Parallel
/// scan"). It gives them together and in order, but does not promise that. Each commit is therefore compared with the
/// one before it. If it is not the next, the commits between are read by `Query`. Such a stream still comes in order and
/// whole; some of its commits may come again.
#[tracing::instrument(name = "event_store.load_all", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Scan",
    db.collection.name = table.name(), aws.dynamodb.segment = i64::from(segment.index),
    aws.dynamodb.total_segments = i64::from(segment.total), aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn load_all(
    table: &Table,
    segment: Segment,
    from: Option<&ScanCursor>,
    page: NonZeroU16,
) -> Result<ScanPage, StoreError> {
    let scan = table
        .scan()
        .segment(segment_number(segment.index))
        .total_segments(segment_number(segment.total))
        .consistent_read(true)
        .limit(i32::from(page.get()))
        .set_exclusive_start_key(from.map(start_key));
    let mut call = table.call();
    let answer = call.send(scan.send()).await?;
    let (commits, behind) = in_order(table, &mut call, answer.items(), from.cloned()).await?;
    match answer.last_evaluated_key() {
        Some(_) if answer.items().is_empty() => Err(StoreError::Unavailable(Box::new(EmptyPage))),
        Some(_) => Ok(ScanPage { commits, next: behind }),
        None => Ok(ScanPage { commits, next: None }),
    }
}

/// The commits in `items`, those of each stream in order, and the cursor behind the last of them.
async fn in_order(
    table: &Table,
    call: &mut PortCall<'_>,
    items: &[AttributeMap],
    mut behind: Option<ScanCursor>,
) -> Result<(Vec<Commit>, Option<ScanCursor>), StoreError> {
    let mut commits = Vec::new();
    for item in items {
        let found = item::commit(item)?;
        let mut cursor = ScanCursor { stream: found.stream.clone(), first: found.first, last: found.last() };
        // The version up to which the commits of this stream were given.
        let given = behind
            .filter(|behind| behind.stream == found.stream)
            .map_or(StreamVersion::NONE, |behind| behind.last);
        if found.first == given.next() {
            commits.push(found);
        } else if found.first <= given {
            cursor.last = given;
        } else {
            let missing = (given.next(), found.first);
            commits.extend(load::onward(table, call, &found.stream, missing, usize::MAX).await?);
        }
        behind = Some(cursor);
    }
    Ok((commits, behind))
}

fn start_key(cursor: &ScanCursor) -> AttributeMap {
    [(PK.to_owned(), text(cursor.stream.to_string())), (SK.to_owned(), number(cursor.first))].into()
}

/// DynamoDB refuses more than 1,000,000 segments, so its largest number may stand for every larger one.
fn segment_number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
