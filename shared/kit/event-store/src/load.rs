//! Reading one stream: back to its newest snapshot, or onward from a version.

use std::num::NonZeroU16;

use es_core::{Commit, Load, StoreError, StreamId, StreamVersion};
use tracing::field::Empty;

use crate::DynamoEventStore;
use crate::capacity::Capacity;
use crate::read::{self, Range};

/// The highest version there can be.
const NEWEST: StreamVersion = StreamVersion::new(u64::MAX);

/// The commits back to the newest usable snapshot or to version 1, oldest first.
///
/// Normally that is one request. Where the first page holds no usable snapshot, as after a change of its schema,
/// each page asks for twice as many as the one before, so that the number of requests grows with the logarithm.
#[tracing::instrument(name = "event_store.load", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = store.table, cqrs.aggregate_id = %load.stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn load(store: &DynamoEventStore, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
    let upto = load.upto.unwrap_or(NEWEST);
    let mut range = Range { low: StreamVersion::NONE.next(), high: upto, newest_first: true };
    let mut limit = i32::from(load.page.get());
    let mut newest_first = Vec::new();
    let mut capacity = Capacity::default();
    'pages: while range.low <= range.high {
        let page = read::page(store, load.stream, range, limit).await?;
        capacity.add(page.capacity);
        if page.items.is_empty() {
            break;
        }
        for item in &page.items {
            let commit = read::commit(item)?;
            range.high = commit.first.previous();
            if commit.last() > upto {
                continue;
            }
            let usable = commit.snapshot.as_ref().is_some_and(|snapshot| snapshot.schema == load.schema);
            newest_first.push(commit);
            if usable {
                break 'pages;
            }
        }
        limit = limit.saturating_mul(2);
    }
    capacity.record(&store.table);
    newest_first.reverse();
    Ok(newest_first)
}

/// Up to `limit` commits whose first version is above `after`, oldest first.
#[tracing::instrument(name = "event_store.commits_after", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = store.table, cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn commits_after(
    store: &DynamoEventStore,
    stream: &StreamId,
    after: StreamVersion,
    limit: NonZeroU16,
) -> Result<Vec<Commit>, StoreError> {
    let limit = usize::from(limit.get());
    let mut range = Range { low: after.next(), high: NEWEST, newest_first: false };
    let mut commits: Vec<Commit> = Vec::new();
    let mut capacity = Capacity::default();
    while commits.len() < limit {
        let missing = i32::try_from(limit - commits.len()).unwrap_or(i32::MAX);
        let page = read::page(store, stream, range, missing).await?;
        capacity.add(page.capacity);
        for item in &page.items {
            commits.push(read::commit(item)?);
        }
        match commits.last() {
            Some(last) if page.more && !page.items.is_empty() => range.low = last.last().next(),
            _ => break,
        }
    }
    capacity.record(&store.table);
    Ok(commits)
}
