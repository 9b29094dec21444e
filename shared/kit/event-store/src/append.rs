//! Appends a commit with one conditional `PutItem`. A refused put returns the commit that is already stored.

use dynamo::{ConditionalWrite, MAX_ITEM_BYTES, Table};
use es_core::{AppendError, Appended, Commit, StoreError};
use tracing::field::Empty;

use crate::{CommitItem, item};

/// DynamoDB refused a conditional put and did not return the stored item, although the request asked for that item.
#[derive(Debug, thiserror::Error)]
#[error("DynamoDB refused a conditional put without returning the item that is already stored")]
struct MissingWinner;

/// The type of the last event in `commit`. A span attribute has one value, and most commits have one event.
fn last_event_type(commit: &Commit) -> Option<&str> {
    commit.events.last().map(|event| event.event_type.as_str())
}

/// Writes `commit` unless an item with the same key already exists.
///
/// The key is the stream and the version of the first event. Two writers that loaded the same version therefore use the
/// same key, whatever number of events they append, and the versions of a stream have no gaps.
#[tracing::instrument(name = "event_store.append_event", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
    db.collection.name = table.name(), cqrs.event_type = last_event_type(commit), cqrs.aggregate_id = %commit.stream,
    cqrs.aggregate_version = commit.last().get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn append(
    table: &Table,
    side: &'static str,
    commit: &Commit,
) -> Result<Appended, AppendError> {
    let item = CommitItem::try_from(commit).map_err(StoreError::from)?.into_attributes();
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
    // The same caller and key mean that this write, or an earlier request under the key, has already taken place.
    if winner.metadata.shares_key_with(&commit.metadata) {
        Ok(Appended::AlreadyThere(winner))
    } else {
        Err(AppendError::Conflict { winner })
    }
}
