//! The checkpoints of the publisher: up to which version the bus has accepted the events of each stream.
//!
//! | pk | sk | attributes |
//! | --- | --- | --- |
//! | `<stream id>` | `published` | `version`, the checkpoint; `timeline`, the name of the event table |
//!
//! A checkpoint of another event table says nothing about this one, because the same version may hold another event
//! there. It counts as version 0, so the stream is published from its beginning, and no event of it is missing.

use std::collections::BTreeMap;

use dynamo::{
    AttributeMap, ConditionalWrite, CorruptItem, DynamoError, Item, PK, TIMELINE, Table, UpdateExpression,
    number, text,
};
use es_core::{Applied, StreamId, StreamVersion, WriteError};
use tracing::field::Empty;
use view_store::{CheckpointItem, ItemKey, QueryTable, VERSION, checkpoint_read};

/// The sort key of a checkpoint.
const PUBLISHED: &str = "published";

/// The item with the checkpoint of `stream`.
pub(crate) fn checkpoint_item(stream: &StreamId) -> CheckpointItem {
    key(stream).into()
}

fn key(stream: &StreamId) -> ItemKey {
    ItemKey::new(stream.to_string(), PUBLISHED)
}

/// A checkpoint as it was read. A write requires that it has not changed since.
#[derive(Debug, Clone, Default)]
pub(crate) struct Checkpoint {
    /// The version up to which the events of this event table are published.
    pub(crate) version: StreamVersion,
    /// The version and the timeline in the table, if there is an item.
    found: Option<(StreamVersion, String)>,
}

/// All checkpoints in one table.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoints {
    table: Table,
    timeline: String,
}

impl From<QueryTable> for Checkpoints {
    fn from(table: QueryTable) -> Self {
        let timeline = table.timeline.clone();
        Self { table: table.into(), timeline }
    }
}

impl Checkpoints {
    /// The checkpoints of `streams`, which are distinct, by their streams. The read is consistent. It costs one read unit
    /// for each checkpoint.
    ///
    /// # Errors
    /// [`WriteError`] if the table cannot be read, or if an item is not a checkpoint.
    #[tracing::instrument(name = "publication.checkpoints", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(crate) async fn read<'a>(
        &self,
        streams: impl Iterator<Item = &'a StreamId>,
    ) -> Result<BTreeMap<String, Checkpoint>, WriteError> {
        let keys: Vec<AttributeMap> = streams.map(|stream| key(stream).attributes()).collect();
        let items = self.table.call().get_items(&keys, &checkpoint_read()).await?;
        let read = items.iter().map(|item| Ok((Item(item).text(PK)?.to_owned(), self.checkpoint(item)?)));
        read.collect::<Result<_, CorruptItem>>().map_err(|corrupt| WriteError::Unavailable(corrupt.into()))
    }

    /// The checkpoint after a move to `version`.
    pub(crate) fn at(&self, version: StreamVersion) -> Checkpoint {
        Checkpoint { version, found: Some((version, self.timeline.clone())) }
    }

    fn checkpoint(&self, item: &AttributeMap) -> Result<Checkpoint, CorruptItem> {
        let found = StreamVersion::new(Item(item).number(VERSION)?);
        let timeline = Item(item).text(TIMELINE)?.to_owned();
        let version = if timeline == self.timeline { found } else { StreamVersion::NONE };
        Ok(Checkpoint { version, found: Some((found, timeline)) })
    }

    /// Moves the checkpoint of `stream` to `to`, if it is still as `checkpoint` was read.
    ///
    /// # Errors
    /// [`WriteError`] if the table cannot be written, or if the checkpoint was moved to another event table meanwhile.
    #[tracing::instrument(name = "publication.move", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, cqrs.aggregate_version = to.get().cast_signed(),
        aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(crate) async fn advance(
        &self,
        stream: &StreamId,
        checkpoint: &Checkpoint,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let update = UpdateExpression::default().set(VERSION, number(to)).set(TIMELINE, text(&self.timeline));
        let update = match &checkpoint.found {
            None => update.require_number(VERSION, 0),
            Some((version, timeline)) => {
                update.require(VERSION, number(*version)).require(TIMELINE, text(timeline))
            }
        };
        let request = update.request(&self.table, key(stream).attributes());
        let refused: Result<ConditionalWrite, DynamoError> = self.table.call().update_if(request).await;
        let ConditionalWrite::Refused(item) = refused? else { return Ok(Applied::Written) };
        let moved = item.and_then(|item| self.checkpoint(&item).ok()).unwrap_or_default().version;
        // Another invocation has published events of the stream at the same time.
        Applied::refused(moved, checkpoint.version)
            .ok_or_else(|| WriteError::Unavailable("the checkpoint moved to another event table".into()))
    }
}
