//! One page of a stream's items, by `Query`.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{Commit, StoreError, StreamId, StreamVersion};

use crate::capacity::Capacity;
use crate::failure::store_error;
use crate::{CommitItem, DynamoEventStore};

/// Which commits of a stream to read, by the versions of their first events.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// The lowest.
    pub(crate) low: StreamVersion,
    /// The highest.
    pub(crate) high: StreamVersion,
    /// Whether to begin at the highest.
    pub(crate) newest_first: bool,
}

/// What one `Query` gave.
pub(crate) struct Page {
    /// Its items, still encoded: a load stops at a snapshot and need not look at those behind it.
    pub(crate) items: Vec<HashMap<String, AttributeValue>>,
    /// Whether the range goes on behind them.
    pub(crate) more: bool,
    /// What it took.
    pub(crate) capacity: Capacity,
}

/// Up to `limit` items of `range`; fewer where they have more than 1 MB together.
///
/// It is consistent: it sees every append that was acknowledged before. A next page is asked for by a narrower
/// range, so that every page gets nearer to the end.
pub(crate) async fn page(
    store: &DynamoEventStore,
    stream: &StreamId,
    range: Range,
    limit: i32,
) -> Result<Page, StoreError> {
    let version = |version: StreamVersion| AttributeValue::N(version.to_string());
    let query = store
        .client
        .query()
        .table_name(&store.table)
        .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
        .expression_attribute_values(":pk", AttributeValue::S(stream.to_string()))
        .expression_attribute_values(":low", version(range.low))
        .expression_attribute_values(":high", version(range.high))
        .scan_index_forward(!range.newest_first)
        .consistent_read(true)
        .limit(limit)
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(query.send()).await.map_err(store_error)?;
    let capacity = Capacity::of(answer.consumed_capacity());
    let more = answer.last_evaluated_key().is_some();
    Ok(Page { items: answer.items.unwrap_or_default(), more, capacity })
}

/// The commit that `item` holds.
pub(crate) fn commit(item: &HashMap<String, AttributeValue>) -> Result<Commit, StoreError> {
    Ok(Commit::try_from(CommitItem::read(item)?)?)
}
