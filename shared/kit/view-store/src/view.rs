//! One view: read by its key, and written on the condition that it is where the change begins.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, ConditionalWrite, Item, Table, UpdateExpression};
use es_core::{Applied, StreamId, StreamVersion, WriteError};
use tracing::field::Empty;

use crate::{ItemKey, ReadError, VERSION};

/// The item under `key`, which belongs to `stream`; `None` if there is none, or none yet. One `GetItem`, eventually
/// consistent: half a read unit for 4 KB.
///
/// # Errors
/// [`ReadError`], case by case.
#[tracing::instrument(name = "read_store.get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn read_view(
    table: &Table,
    stream: &StreamId,
    key: ItemKey,
) -> Result<Option<AttributeMap>, ReadError> {
    let get = table.get_item().set_key(Some(key.attributes()));
    Ok(table.call().send(get.send()).await?.item)
}

/// Which view is written, and what becomes of it.
#[derive(Debug, Clone)]
pub struct ViewUpdate<'a> {
    /// The stream whose view it is.
    pub stream: &'a StreamId,
    /// The item that holds the checkpoint: the view itself, or a checkpoint beside its items.
    pub key: ItemKey,
    /// What is set.
    pub attributes: Vec<(&'static str, AttributeValue)>,
    /// Where the checkpoint must be.
    pub after: StreamVersion,
    /// Where the checkpoint is afterwards.
    pub to: StreamVersion,
}

/// Writes `update` to `table` if the checkpoint is where it must be. One `UpdateItem`; a refusal tells where the
/// checkpoint is.
///
/// # Errors
/// [`WriteError`], case by case.
#[tracing::instrument(name = "read_store.apply", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %update.stream, cqrs.aggregate_version = update.to.get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn write_view(table: &Table, update: ViewUpdate<'_>) -> Result<Applied, WriteError> {
    let ViewUpdate { key, attributes, after, to, .. } = update;
    let expression = UpdateExpression::default().move_checkpoint(VERSION, after, to);
    let expression =
        attributes.into_iter().fold(expression, |expression, (name, value)| expression.set(name, value));
    let request = expression.request(table, key.attributes());
    let ConditionalWrite::Refused(item) = table.call().update_if(request).await? else {
        return Ok(Applied::Written);
    };
    let version = item.and_then(|item| Item(&item).number(VERSION).ok());
    let checkpoint = version.map_or(StreamVersion::NONE, StreamVersion::new);
    if checkpoint < after { Ok(Applied::Behind { checkpoint }) } else { Ok(Applied::Ahead { checkpoint }) }
}
