//! Writes the words of a change to the index: first the postings, then the checkpoint.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, WriteRequest};
use dynamo::{AttributeMap, CorruptItem, DynamoError, Item, MAX_WRITE_BATCH, UpdateExpression, text};
use es_core::{
    Applied, ReportResult, StreamChange, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError,
    report_throttling,
};
use futures::{StreamExt, stream};
use tracing::field::Empty;
use view_store::{
    CheckpointItem, Consistency, ItemKey, QueryTable, StoredChange, VERSION, ViewUpdate, write_view,
};

use super::postings::postings;
use super::{DynamoPostings, IndexedWords, PostedOrder, WordSource};
use crate::orders::partition_of;

/// How many checkpoints of a group move at the same time.
const CONCURRENCY: usize = 16;

/// How many groups are written at the same time.
const CONCURRENT_GROUPS: usize = 4;

/// The most postings of a group: four requests. A request that hangs or fails concerns only the orders of its group.
const POSTINGS_TOGETHER: usize = 4 * MAX_WRITE_BATCH;

/// The attribute of the checkpoint with the time at which the order was opened.
const CREATED_AT: &str = "created_at";

/// New words under which a search finds an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchChange {
    /// When the order was opened. `None` if the change does not include the opening.
    pub opened_at: Option<Timestamp>,
    /// The words of the opening.
    pub words: IndexedWords,
    /// The words of the shipment.
    pub shipment_words: IndexedWords,
}

/// The key of the checkpoint of the order in `stream`.
fn checkpoint_key(stream: &StreamId) -> ItemKey {
    ItemKey::new(partition_of(stream.uuid()), "checkpoint#search-projection")
}

impl SearchChange {
    fn has_words(&self) -> bool {
        !self.words.is_empty() || !self.shipment_words.is_empty()
    }

    /// The postings of the order in `stream`, which was opened at `created_at`.
    fn postings(&self, stream: &StreamId, created_at: Timestamp) -> Result<Vec<WriteRequest>, DynamoError> {
        let order = PostedOrder { order: stream.uuid(), created_at };
        let mut all = postings(order, WordSource::Opening, &self.words)?;
        all.extend(postings(order, WordSource::Shipment, &self.shipment_words)?);
        Ok(all)
    }
}

/// The checkpoint of an order. The default is the checkpoint of an order that is not in the index.
#[derive(Debug, Clone, Copy, Default)]
struct Checkpoint {
    version: StreamVersion,
    created_at: Option<Timestamp>,
    /// Whether the postings were made from another event table.
    is_on_another_timeline: bool,
}

impl DynamoPostings {
    fn checkpoint_in(&self, item: &AttributeMap) -> Result<Checkpoint, CorruptItem> {
        let is_on_another_timeline = self.table.is_on_another_timeline(item);
        let item = Item(item);
        let created_at = item.has(CREATED_AT).then(|| item.parsed(CREATED_AT)).transpose()?;
        let version = StreamVersion::new(item.number(VERSION)?);
        Ok(Checkpoint { version, created_at, is_on_another_timeline })
    }

    /// Reads the checkpoints of the orders in the streams of `changes` with one `BatchGetItem` for each hundred. A
    /// checkpoint never moves back, so a stale one of an eventually consistent read is lower than the true one.
    #[tracing::instrument(name = "read_store.batch_get", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn checkpoints(
        &self,
        changes: &[StreamChange<'_, SearchChange>],
        consistency: Consistency,
    ) -> Result<HashMap<ItemKey, Checkpoint>, WriteError> {
        let keys: Vec<_> = changes.iter().map(|change| checkpoint_key(change.stream).attributes()).collect();
        let options = KeysAndAttributes::builder().consistent_read(consistency == Consistency::Strong);
        let items = self.table.call().get_items(&keys, &options).await?;
        let checkpoints = items.iter().map(|item| Ok((ItemKey::from_item(item)?, self.checkpoint_in(item)?)));
        Ok(checkpoints.collect::<Result<_, CorruptItem>>()?)
    }

    /// Moves the checkpoint of `change`, whose postings are written, if it is where the change starts.
    async fn move_checkpoint(&self, change: &StreamChange<'_, SearchChange>) -> Result<Applied, WriteError> {
        let StreamChange { stream, change, after, to } = *change;
        let opened_at = change.opened_at.iter();
        let expression = opened_at
            .fold(UpdateExpression::default(), |expression, at| expression.set(CREATED_AT, text(*at)));
        let key = checkpoint_key(stream);
        write_view(&self.table, ViewUpdate { stream, key, expression, after, to }).await
    }
}

/// Changes whose postings are written together.
#[derive(Default)]
struct Group<'a> {
    postings: Vec<WriteRequest>,
    /// The changes with their indexes.
    changes: Vec<(usize, &'a StreamChange<'a, SearchChange>)>,
}

impl<'a> Group<'a> {
    /// Adds `change` with its `postings` to the last one of `groups`, or to a new one. The first group has the changes
    /// without postings.
    fn add(
        groups: &mut Vec<Self>,
        change: (usize, &'a StreamChange<'a, SearchChange>),
        postings: Vec<WriteRequest>,
    ) {
        let has_room = |group: &Self| group.postings.len() + postings.len() <= POSTINGS_TOGETHER;
        let with_postings = groups.len() > 1;
        if postings.is_empty() {
            if let Some(first) = groups.first_mut() {
                first.changes.push(change);
            }
        } else if let Some(last) = groups.last_mut().filter(|last| with_postings && has_room(last)) {
            last.changes.push(change);
            last.postings.extend(postings);
        } else {
            groups.push(Self { postings, changes: vec![change] });
        }
    }
}

impl DynamoPostings {
    /// Writes the postings of `group`, and then moves the checkpoints of its changes.
    async fn write_group(&self, group: Group<'_>, report: &ReportResult<'_>) {
        let Group { postings, changes } = group;
        if let Err(error) = self.write_all(postings).await {
            return report_throttling(changes.iter().map(|(index, _)| *index), error, report);
        }
        let moves = changes.into_iter().map(|(index, change)| async move {
            report(index, self.move_checkpoint(change).await);
        });
        let moves: Vec<_> = moves.collect();
        stream::iter(moves).buffer_unordered(CONCURRENCY).collect::<()>().await;
    }
}

impl ViewWriter<SearchChange> for DynamoPostings {
    const MAX_TOGETHER: usize = 100;

    /// Writes the postings of `change`, and then moves the checkpoint if it is at `after`.
    ///
    /// A change with words reads the checkpoint first. A repeated change therefore writes no posting again, and a
    /// shipment finds the time of the opening. An order whose opening is unknown has no view that a search could
    /// return, so it gets no posting.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &SearchChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let all = &[StreamChange { stream, change, after, to }];
        if change.has_words() {
            let checkpoints = self.checkpoints(all, Consistency::Strong).await?;
            let checkpoint = checkpoints.into_values().next().unwrap_or_default();
            if checkpoint.is_on_another_timeline {
                return Ok(Applied::OtherTimeline);
            }
            if let Some(refused) = Applied::refused(checkpoint.version, after) {
                return Ok(refused);
            }
            if let Some(created_at) = change.opened_at.or(checkpoint.created_at) {
                self.write_all(change.postings(stream, created_at)?).await?;
            }
        }
        let [change] = all;
        self.move_checkpoint(change).await
    }

    /// Reads all checkpoints together and writes the postings of many orders together. The checkpoints move one by one,
    /// because a batch of writes has no conditions.
    ///
    /// A repeated change writes nothing. A change with words whose checkpoint seems to be behind has no result, because
    /// the checkpoint may be stale: the caller applies the change on its own.
    async fn apply_all(&self, changes: &[StreamChange<'_, SearchChange>], report: &ReportResult<'_>) {
        let Ok(checkpoints) = self.checkpoints(changes, Consistency::Eventual).await else { return };
        let mut groups = vec![Group::default()];
        for (index, change) in changes.iter().enumerate() {
            let found = checkpoints.get(&checkpoint_key(change.stream)).copied().unwrap_or_default();
            if found.is_on_another_timeline {
                report(index, Ok(Applied::OtherTimeline));
                continue;
            }
            match Applied::refused(found.version, change.after) {
                Some(Applied::Behind { .. }) if change.change.has_words() => continue,
                Some(Applied::Behind { .. }) | None => {}
                Some(refused) => {
                    report(index, Ok(refused));
                    continue;
                }
            }
            let created_at = change.change.opened_at.or(found.created_at);
            let postings = created_at.map(|created_at| change.change.postings(change.stream, created_at));
            match postings.transpose() {
                Ok(postings) => Group::add(&mut groups, (index, change), postings.unwrap_or_default()),
                Err(error) => report(index, Err(error.into())),
            }
        }
        let groups: Vec<_> = groups.into_iter().map(|group| self.write_group(group, report)).collect();
        stream::iter(groups).buffer_unordered(CONCURRENT_GROUPS).collect::<()>().await;
    }
}

impl StoredChange for SearchChange {
    type Writer = DynamoPostings;

    fn writer(table: QueryTable) -> DynamoPostings {
        DynamoPostings { table: table.into() }
    }

    fn checkpoint(stream: &StreamId) -> CheckpointItem {
        checkpoint_key(stream).into()
    }
}
