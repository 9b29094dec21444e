//! The requests that read the table and its indexes.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use tracing::field::Empty;
use uuid::Uuid;

use crate::cursor::Position;
use crate::keys::{self, ORDER_KEY, PK, SK, VIEW};
use crate::merge::{Piece, Unread};
use crate::partition::{KeyRange, Partition};
use crate::{DynamoOrderViews, OrderView, ReadError, capacity};

/// The view of `order`.
#[tracing::instrument(name = "read_store.get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
    db.collection.name = views.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn get(views: &DynamoOrderViews, order: Uuid) -> Result<Option<OrderView>, ReadError> {
    let get = views
        .client
        .get_item()
        .table_name(&views.table)
        .key(PK, AttributeValue::S(keys::pk(order)))
        .key(SK, AttributeValue::S(VIEW.to_owned()))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(get.send()).await?;
    capacity::record(&views.table, answer.consumed_capacity());
    answer.item().map_or(Ok(None), OrderView::of)
}

/// A piece of `partition`: up to `limit` orders of `range`, newest first, fewer where they have more than 1 MB
/// together or not the status that is asked for.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = views.table, aws.dynamodb.index_name = partition.index,
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn query(
    views: &DynamoOrderViews,
    partition: &Partition,
    range: &KeyRange,
    limit: usize,
) -> Result<Piece, ReadError> {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let mut query = views
        .client
        .query()
        .table_name(&views.table)
        .index_name(partition.index)
        .key_condition_expression("#partition = :partition AND #order BETWEEN :low AND :high")
        .expression_attribute_names("#partition", partition.attribute)
        .expression_attribute_names("#order", ORDER_KEY)
        .expression_attribute_values(":partition", text(&partition.key))
        .expression_attribute_values(":low", text(&range.low))
        .expression_attribute_values(":high", text(&range.high))
        .scan_index_forward(false)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX))
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    if let Some(status) = &partition.status {
        query = query
            .filter_expression("#status = :status")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", text(status));
    }
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    let answer = Box::pin(query.send()).await?;
    capacity::record(&views.table, answer.consumed_capacity());
    let unread = match answer.last_evaluated_key() {
        None => Unread::Nothing,
        Some(key) => {
            let place = key.get(ORDER_KEY).and_then(|key| key.as_s().ok());
            let position = place
                .and_then(|key| Position::of(key))
                .ok_or_else(|| ReadError::Corrupt { item: partition.key.clone(), attribute: ORDER_KEY })?;
            Unread::Behind(position)
        }
    };
    let orders: Result<Vec<_>, _> = answer.items().iter().map(OrderView::of).collect();
    Ok(Piece { orders: orders?.into_iter().flatten().collect(), unread })
}
