//! Reading a history: pages of events, oldest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::StreamVersion;
use futures::future::try_join;
use tracing::field::Empty;
use uuid::Uuid;

use super::HistoryCursor;
use super::change::HistoryEvent;
use crate::item::Item;
use crate::keys::{self, PK, SK};
use crate::{DynamoHistories, PageLimit, ReadError, capacity};

/// A page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// Whose order it is, where its history tells.
    pub user_id: Option<String>,
    /// Its events, oldest first, each version right behind the one before it.
    pub events: Vec<HistoryEvent>,
    /// Where the history goes on; `None` at its end.
    pub next: Option<HistoryCursor>,
}

/// The page of the history of `order` behind `cursor`; `None` where there is no such history.
pub(super) async fn page(
    histories: &DynamoHistories,
    order: Uuid,
    limit: PageLimit,
    cursor: Option<HistoryCursor>,
) -> Result<Option<HistoryPage>, ReadError> {
    let behind = cursor.map_or(StreamVersion::NONE, |cursor| cursor.behind);
    let limit = usize::from(limit.get());
    // One more than the page has, to know whether another follows.
    let (checkpoint, found) =
        try_join(checkpoint(histories, order), events(histories, order, behind, limit + 1)).await?;
    let Some(checkpoint) = checkpoint else { return Ok(None) };
    let Found { mut events, cut_off } = found;
    let whole = events.len();
    let versions = (behind.next().get()..).map(StreamVersion::new);
    let unbroken =
        events.iter().zip(versions).take_while(|(event, version)| event.version == *version).count();
    let goes_on = unbroken > limit || (cut_off && unbroken == whole);
    events.truncate(unbroken.min(limit));
    let last = events.last().filter(|_| goes_on).map(|event| event.version);
    let next = last.map(|behind| HistoryCursor { behind });
    Ok(Some(HistoryPage { user_id: Item(&checkpoint).optional("user_id"), events, next }))
}

/// The checkpoint of the history of `order`.
#[tracing::instrument(name = "read_store.get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
    db.collection.name = histories.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
))]
async fn checkpoint(
    histories: &DynamoHistories,
    order: Uuid,
) -> Result<Option<HashMap<String, AttributeValue>>, ReadError> {
    let get = histories
        .client
        .get_item()
        .table_name(&histories.table)
        .key(PK, AttributeValue::S(keys::pk(order)))
        .key(SK, AttributeValue::S(keys::HISTORY_CHECKPOINT.to_owned()))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(get.send()).await?;
    capacity::record(&histories.table, answer.consumed_capacity());
    Ok(answer.item)
}

/// What one request found.
struct Found {
    events: Vec<HistoryEvent>,
    /// Whether there were more than the request was for, or than the 1 MB that one answer holds.
    cut_off: bool,
}

/// Up to `most` events of `order` behind a version.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = histories.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
))]
async fn events(
    histories: &DynamoHistories,
    order: Uuid,
    behind: StreamVersion,
    most: usize,
) -> Result<Found, ReadError> {
    let text = |text: String| AttributeValue::S(text);
    let query = histories
        .client
        .query()
        .table_name(&histories.table)
        .key_condition_expression("pk = :order AND sk BETWEEN :low AND :high")
        .expression_attribute_values(":order", text(keys::pk(order)))
        .expression_attribute_values(":low", text(keys::event_key(behind.next())))
        .expression_attribute_values(":high", text(keys::event_key(StreamVersion::new(u64::MAX))))
        .limit(i32::try_from(most).unwrap_or(i32::MAX))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(query.send()).await?;
    capacity::record(&histories.table, answer.consumed_capacity());
    let events = answer.items().iter().map(HistoryEvent::of).collect::<Result<_, _>>()?;
    Ok(Found { events, cut_off: answer.last_evaluated_key().is_some() })
}
