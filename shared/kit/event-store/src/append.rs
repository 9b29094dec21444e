//! Appending: one conditional `PutItem`, whose refusal brings the commit that was first.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use es_core::{AppendError, Appended, Commit, StoreError};
use tracing::field::Empty;

use crate::capacity::Capacity;
use crate::failure::{MissingWinner, store_error};
use crate::{CommitItem, DynamoEventStore, MAX_ITEM_BYTES, read};

/// Writes `commit` unless its place is taken.
///
/// The place is the one behind what the writer loaded, so two writers meet at the same key whatever number of
/// events they bring, and versions have no gaps.
#[tracing::instrument(name = "event_store.append", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
    db.collection.name = store.table, cqrs.aggregate_id = %commit.stream, cqrs.aggregate_version = commit.last().get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn append(store: &DynamoEventStore, commit: &Commit) -> Result<Appended, AppendError> {
    let item = CommitItem::try_from(commit).map_err(StoreError::from)?;
    let bytes = item.bytes();
    if bytes > MAX_ITEM_BYTES {
        return Err(AppendError::TooLarge { bytes, limit: MAX_ITEM_BYTES });
    }
    let put = store
        .client
        .put_item()
        .table_name(&store.table)
        .set_item(Some(item.attributes()))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .return_consumed_capacity(ReturnConsumedCapacity::Total);
    // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
    match Box::pin(put.send()).await {
        Ok(answer) => {
            Capacity::of(answer.consumed_capacity()).record(&store.table);
            Ok(Appended::New)
        }
        Err(error) => taken(commit, error),
    }
}

/// What a failed put means: the write had taken place before, another one was first, or the store failed.
fn taken(commit: &Commit, error: SdkError<PutItemError>) -> Result<Appended, AppendError> {
    let refused = error.as_service_error().and_then(|service| match service {
        PutItemError::ConditionalCheckFailedException(refused) => Some(refused.item()),
        _ => None,
    });
    let Some(old) = refused else { return Err(store_error(error).into()) };
    let old = old.ok_or_else(|| StoreError::Unavailable(Box::new(MissingWinner)))?;
    let winner = Box::new(read::commit(old)?);
    if winner.metadata.key == commit.metadata.key {
        Ok(Appended::AlreadyThere(winner))
    } else {
        Err(AppendError::Conflict { winner })
    }
}
