//! Reads every stream with a segmented scan. The scan can continue after any commit and returns each stream in order.

use dynamo::{AttributeMap, PK, PortCall, SK, Table, number, text};
use es_core::{Commit, ScanCursor, ScanPage, Segment, StoreError, StreamVersion};
use std::num::NonZeroU16;
use tracing::field::Empty;

use crate::{item, load};

/// A page of a scan has no items but is not the last page. Only a filter can cause this, and the scan has no filter.
#[derive(Debug, thiserror::Error)]
#[error("a page of a scan without a filter is empty but not the last page")]
struct EmptyPage;

/// The page of `segment` after `from`.
///
/// DynamoDB guarantees that all items of one partition key are in one segment ("Scanning tables", section "Parallel
/// scan"). In practice it returns them together and in order, but it does not guarantee that. Each commit is therefore
/// compared with the commit before it. If commits are missing in between, a `Query` reads them. The stream is then
/// still complete and in order, but some of its commits may be returned twice.
#[tracing::instrument(name = "event_store.load_all_events", skip_all, fields(
    otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "Scan",
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

/// The commits in `items`, with each stream in order, and the cursor after the last item.
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
        // The version up to which the commits of this stream have been returned.
        let given = behind
            .filter(|behind| behind.stream == found.stream)
            .map_or(StreamVersion::NONE, |behind| behind.last);
        if found.first == given.next() {
            commits.push(found);
        } else if found.first <= given {
            cursor.last = given;
        } else {
            let missing = (given.next(), found.first);
            commits.extend(load::load_between(table, call, &found.stream, missing, usize::MAX).await?);
        }
        behind = Some(cursor);
    }
    Ok((commits, behind))
}

fn start_key(cursor: &ScanCursor) -> AttributeMap {
    [(PK.to_owned(), text(cursor.stream.to_string())), (SK.to_owned(), number(cursor.first))].into()
}

/// DynamoDB refuses more than 1,000,000 segments, so a number that does not fit into an `i32` is refused in any case.
fn segment_number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
