//! Reads one stream: backward to the newest snapshot, or forward from a version.

use std::num::NonZeroU16;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use dynamo::{AttributeMap, PortCall, Table, number, text};
use es_core::{Commit, Load, Snapshot, SnapshotCheck, StoreError, StreamId, StreamVersion};
use telemetry::Metric;
use tracing::field::Empty;

use crate::item;

/// The maximum number of pages that fill a gap of a scan. DynamoDB ends a page at 1 MB, so the gap may have about 64 MB.
/// All of its items are in the memory of the function at the same time.
///
/// Source: Amazon DynamoDB API Reference, `Query`.
const MAX_PAGES: u32 = 64;

/// Snapshots that have the right schema number, but not the shape of that schema.
const SNAPSHOTS_IGNORED: Metric = Metric::count("SnapshotsIgnored");

/// The highest possible version.
const NEWEST: StreamVersion = StreamVersion::new(u64::MAX);

/// The commits from the newest usable snapshot, or from version 1, to the end of the stream, oldest first.
///
/// One request is usually enough. The first page may hold no usable snapshot, for example after the snapshot's schema
/// has changed. Then each page asks for twice as many commits as the page before. `DynamoDB` ends a page at 1 MB, so from
/// then on there is one request for each MB.
#[tracing::instrument(name = "event_store.load_events", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), cqrs.aggregate_id = %load.stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn load(
    table: &Table,
    side: &'static str,
    load: Load<'_>,
) -> Result<Vec<Commit>, StoreError> {
    let upto = load.upto.unwrap_or(NEWEST);
    let mut range = Range { low: StreamVersion::NONE.next(), high: upto, newest_first: true };
    let mut limit = i32::from(load.page.get());
    let mut newest_first = Vec::new();
    let mut call = table.call();
    'pages: while range.low <= range.high {
        let page = page(table, &mut call, load.stream, range, limit).await?;
        if page.items.is_empty() {
            break;
        }
        for item in &page.items {
            let commit = item::commit(item)?;
            range.high = commit.first.previous();
            if commit.last() > upto {
                continue;
            }
            let usable = has_usable_snapshot(&commit, load.check);
            newest_first.push(commit);
            if usable {
                break 'pages;
            }
        }
        limit = limit.saturating_mul(2);
    }
    newest_first.reverse();
    Ok(newest_first)
}

/// Whether the load can start at the snapshot of `commit`. A snapshot that cannot be decoded is ignored, counted and
/// logged: the load continues with older commits, and one of the next commits of the stream stores a new snapshot.
fn has_usable_snapshot(commit: &Commit, check: fn(&Snapshot) -> SnapshotCheck) -> bool {
    match commit.snapshot.as_ref().map(check) {
        Some(SnapshotCheck::Usable) => true,
        Some(SnapshotCheck::Undecodable(error)) => {
            telemetry::count(SNAPSHOTS_IGNORED);
            let (stream, version) = (&commit.stream, commit.last());
            tracing::warn!(
                %stream, %version, %error,
                "a snapshot cannot be decoded and is ignored: raise the schema number of the aggregate's state"
            );
            false
        }
        Some(SnapshotCheck::OtherSchema) | None => false,
    }
}

/// Up to `limit` commits whose first version is greater than `after`, oldest first.
#[tracing::instrument(name = "event_store.load_events_after", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn commits_after(
    table: &Table,
    side: &'static str,
    stream: &StreamId,
    after: StreamVersion,
    limit: NonZeroU16,
) -> Result<Vec<Commit>, StoreError> {
    let (limit, mut call) = (usize::from(limit.get()), table.call());
    let mut range = Range { low: after.next(), high: NEWEST, newest_first: false };
    let mut commits: Vec<Commit> = Vec::new();
    while commits.len() < limit && range.low <= range.high {
        let missing = i32::try_from(limit - commits.len()).unwrap_or(i32::MAX);
        let page = page(table, &mut call, stream, range, missing).await?;
        for item in &page.items {
            commits.push(item::commit(item)?);
        }
        match commits.last() {
            Some(last) if page.has_more && !page.items.is_empty() => range.low = last.last().next(),
            _ => break,
        }
    }
    Ok(commits)
}

/// The items that a scan did not return in the order of their sort keys, and that a query could not read either.
#[derive(Debug, thiserror::Error)]
#[error("a scan returned {stream} out of order, and the items from version {low} to {high} cannot be read")]
struct UnreadGap {
    stream: StreamId,
    low: StreamVersion,
    high: StreamVersion,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The items of `stream` whose sort keys are between `low` and `high`, in the order of the sort keys. The requests are
/// part of `call`. The items need not be commits.
///
/// # Errors
/// [`StoreError::Throttled`] and [`StoreError::Unavailable`]; the latter also if the items take more than
/// [`MAX_PAGES`] pages.
pub(crate) async fn items_between(
    table: &Table,
    call: &mut PortCall<'_>,
    stream: &StreamId,
    (low, high): (StreamVersion, StreamVersion),
) -> Result<Vec<AttributeMap>, StoreError> {
    let mut items = Vec::new();
    let query = query(table, stream, Range { low, high, newest_first: false });
    let take = |item| {
        items.push(item);
        Ok::<_, StoreError>(())
    };
    call.each_item(query, MAX_PAGES, take).await.map_err(|error| match error {
        StoreError::Unavailable(source) => {
            StoreError::Unavailable(UnreadGap { stream: stream.clone(), low, high, source }.into())
        }
        error => error,
    })?;
    Ok(items)
}

/// A range of commits of one stream, by the versions of their first events.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: StreamVersion,
    high: StreamVersion,
    /// Whether to start at `high`.
    newest_first: bool,
}

/// The result of one `Query`.
struct QueryPage {
    /// The items. They are decoded later, because a load stops at a snapshot and does not need the items before it.
    items: Vec<AttributeMap>,
    /// Whether the range continues after these items.
    has_more: bool,
}

/// Up to `limit` items of `range`. The result is shorter if the items are larger than 1 MB together.
///
/// The read is consistent: it includes every append that was acknowledged before. The caller requests the next page
/// with a narrower range, so every page comes closer to the end.
async fn page(
    table: &Table,
    call: &mut PortCall<'_>,
    stream: &StreamId,
    range: Range,
    limit: i32,
) -> Result<QueryPage, StoreError> {
    let answer = call.send(query(table, stream, range).limit(limit).send()).await?;
    Ok(QueryPage { has_more: answer.last_evaluated_key.is_some(), items: answer.items.unwrap_or_default() })
}

/// A consistent query for the items of `range`.
fn query(table: &Table, stream: &StreamId, range: Range) -> QueryFluentBuilder {
    table
        .query()
        .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
        .expression_attribute_values(":pk", text(stream.to_string()))
        .expression_attribute_values(":low", number(range.low))
        .expression_attribute_values(":high", number(range.high))
        .scan_index_forward(!range.newest_first)
        .consistent_read(true)
}
