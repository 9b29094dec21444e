//! Reads every stream with a segmented scan. The scan can continue after any item and returns each stream in order.

use std::num::NonZeroU16;

use dynamo::{AttributeMap, PK, PortCall, SK, Table, number, text};
use es_core::{
    Commit, RawKey, ScanCursor, ScanPage, Segment, StoreError, StreamId, StreamVersion, UnreadableItem,
};
use tracing::field::Empty;

use crate::{item, load};

/// The page of `segment` after `from`.
///
/// DynamoDB guarantees that all items of one partition key are in one segment. In practice it returns them together and
/// in order, but it does not guarantee that. Each item is therefore compared with the item before it. If versions are
/// missing in between, a `Query` reads their items. The stream is then still complete and in order, but some of its
/// items may be returned twice.
///
/// The next page starts after `LastEvaluatedKey`, whatever the page holds. An item that is not a commit, and a page
/// without any item, therefore do not stop the scan.
///
/// Source: Amazon DynamoDB Developer Guide, "Scanning tables in DynamoDB", section "Parallel scan"; Amazon DynamoDB API
/// Reference, `Scan`.
#[tracing::instrument(name = "event_store.load_all_events", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "Scan",
    db.collection.name = table.name(), aws.dynamodb.segment = i64::from(segment.index),
    aws.dynamodb.total_segments = i64::from(segment.total), aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn load_all(
    table: &Table,
    side: &'static str,
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
    let mut ordered = OrderedItems::after(from);
    for item in answer.items() {
        ordered.add(table, &mut call, item).await?;
    }
    let next = answer.last_evaluated_key().map(|key| ordered.cursor(item::raw_key(key)));
    Ok(ScanPage { commits: ordered.commits, unreadable: ordered.unreadable, next })
}

/// The items of a page, with the commits of each stream in order.
struct OrderedItems {
    commits: Vec<Commit>,
    unreadable: Vec<UnreadableItem>,
    /// The stream of the item before, and the version up to which the scan has passed this stream.
    passed: Option<(StreamId, StreamVersion)>,
}

impl OrderedItems {
    fn after(from: Option<&ScanCursor>) -> Self {
        let passed = match from {
            Some(ScanCursor::InStream { stream, last, .. }) => Some((stream.clone(), *last)),
            Some(ScanCursor::AtKey { key, last }) => key.partition_key.parse().ok().zip(Some(*last)),
            None => None,
        };
        Self { commits: Vec::new(), unreadable: Vec::new(), passed }
    }

    /// The version up to which the scan has passed `stream`.
    fn passed(&self, stream: &StreamId) -> StreamVersion {
        let passed = self.passed.as_ref().filter(|(passed, _)| passed == stream);
        passed.map_or(StreamVersion::NONE, |(_, version)| *version)
    }

    /// Adds `item`, and before it the items of its stream that are missing.
    ///
    /// An unreadable item takes one version: the version in its key. If its commit had more events, the next commit
    /// seems to come too late, and one query finds that nothing is missing.
    async fn add(
        &mut self,
        table: &Table,
        call: &mut PortCall<'_>,
        item: &AttributeMap,
    ) -> Result<(), StoreError> {
        let found = item::commit_or_unreadable(item);
        let position = match &found {
            Ok(commit) => Some((commit.stream.clone(), commit.first, commit.last())),
            Err(unreadable) => unreadable.key.position().map(|(stream, version)| (stream, version, version)),
        };
        let Some((stream, first, last)) = position else {
            self.push(found);
            return Ok(());
        };
        let passed = self.passed(&stream);
        if first > passed.next() {
            for item in load::items_between(table, call, &stream, (passed.next(), first)).await? {
                self.push(item::commit_or_unreadable(&item));
            }
        } else if first == passed.next() || found.is_err() {
            self.push(found);
        }
        self.passed = Some((stream, last.max(passed)));
        Ok(())
    }

    fn push(&mut self, found: Result<Commit, UnreadableItem>) {
        match found {
            Ok(commit) => self.commits.push(commit),
            Err(unreadable) => self.unreadable.push(unreadable),
        }
    }

    /// The cursor after the item with `key`.
    fn cursor(&self, key: RawKey) -> ScanCursor {
        if let Some((stream, first)) = key.position() {
            return ScanCursor::InStream { last: self.passed(&stream), stream, first };
        }
        let stream = key.partition_key.parse().ok();
        let last = stream.map_or(StreamVersion::NONE, |stream| self.passed(&stream));
        ScanCursor::AtKey { key, last }
    }
}

fn start_key(cursor: &ScanCursor) -> AttributeMap {
    let (partition_key, sort_key) = match cursor {
        ScanCursor::InStream { stream, first, .. } => (stream.to_string(), first.to_string()),
        ScanCursor::AtKey { key: RawKey { partition_key, sort_key }, .. } => {
            (partition_key.clone(), sort_key.clone())
        }
    };
    [(PK.to_owned(), text(partition_key)), (SK.to_owned(), number(sort_key))].into()
}

/// DynamoDB refuses more than 1,000,000 segments, so a number that does not fit into an `i32` is refused in any case.
fn segment_number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
