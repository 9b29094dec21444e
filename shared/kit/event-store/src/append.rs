//! Appending: one conditional `PutItem`. If it is refused, the commit that was first comes with the refusal.

use dynamo::{ConditionalWrite, MAX_ITEM_BYTES, Table};
use es_core::{AppendError, Appended, Commit, StoreError};
use tracing::field::Empty;

use crate::{CommitItem, item};

/// DynamoDB refused a put and did not send the item in the way, as it was asked to.
#[derive(Debug, thiserror::Error)]
#[error("the refusal of a conditional put came without the item that is in the way")]
struct MissingWinner;

/// Writes `commit` unless its place is taken.
///
/// The place follows what the writer loaded. Two writers meet at the same key whatever number of events they bring, and
/// versions have no gaps.
#[tracing::instrument(name = "event_store.append", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %commit.stream, cqrs.aggregate_version = commit.last().get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn append(table: &Table, commit: &Commit) -> Result<Appended, AppendError> {
    let item = CommitItem::try_from(commit).map_err(StoreError::from)?.attributes();
    let bytes = dynamo::item_bytes(&item);
    if bytes > MAX_ITEM_BYTES {
        return Err(AppendError::TooLarge { bytes, limit: MAX_ITEM_BYTES });
    }
    let put = table.put_item().set_item(Some(item));
    let put = put.condition_expression("attribute_not_exists(pk)");
    let old = match table.call().put_if(put).await.map_err(StoreError::from)? {
        ConditionalWrite::Written => return Ok(Appended::New),
        ConditionalWrite::Refused(old) => old,
    };
    let old = old.ok_or_else(|| StoreError::Unavailable(Box::new(MissingWinner)))?;
    let winner = Box::new(item::commit(&old)?);
    // The write under our own key had taken place before its answer was lost.
    if winner.metadata.key == commit.metadata.key {
        Ok(Appended::AlreadyThere(winner))
    } else {
        Err(AppendError::Conflict { winner })
    }
}
