//! Writes the events of histories, those of several orders together.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, PutRequest, WriteRequest};
use dynamo::{AttributeMap, CorruptItem, DynamoError, MAX_WRITE_BATCH, PK, SK, TIMELINE};
use es_core::{
    Applied, ReportResult, StreamChange, StreamId, StreamVersion, ViewWriter, WriteError, report_throttling,
};
use futures::{StreamExt, stream};
use tracing::field::Empty;
use view_store::{
    CheckpointItem, ItemKey, QueryTable, StoredChange, VERSION, newest_checkpoint, version_of_newest,
};

use super::event::item_key;
use super::{DynamoHistories, EVENT, HistoryChange};
use crate::orders::partition_of;

/// How many requests are sent concurrently.
const CONCURRENCY: usize = 16;

/// The items of events, by key, with their checkpoints and timelines only.
type Neighbours = HashMap<ItemKey, AttributeMap>;

/// The events of one change that are not written yet.
struct Unwritten {
    /// The index of the change.
    index: usize,
    /// The items, newest first.
    items: Vec<AttributeMap>,
}

impl DynamoHistories {
    /// Reads the last event before each of `changes` and the first event of each, with one `BatchGetItem` for each fifty
    /// changes.
    ///
    /// The read is eventually consistent. An event that it finds was written, and events never disappear. If it does not
    /// find an event, the caller reads again.
    #[tracing::instrument(name = "read_store.batch_get", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn neighbours(
        &self,
        changes: &[StreamChange<'_, HistoryChange>],
    ) -> Result<Neighbours, WriteError> {
        let neighbours = changes.iter().flat_map(|change| {
            let before = Some(change.after).filter(|before| *before != StreamVersion::NONE);
            let versions = before.into_iter().chain([change.after.next()]);
            versions.map(|version| item_key(change.stream, version).attributes()).collect::<Vec<_>>()
        });
        let keys: Vec<_> = neighbours.collect();
        let options = KeysAndAttributes::builder()
            .projection_expression("#pk, #sk, #version, #timeline")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_names("#timeline", TIMELINE);
        let items = self.table.call().get_items(&keys, &options).await?;
        let neighbours = items.into_iter().map(|item| Ok((ItemKey::from_item(&item)?, item)));
        Ok(neighbours.collect::<Result<_, CorruptItem>>()?)
    }

    /// Why `change` must not be written now, if there is a reason. `found` has the neighbours of the change.
    ///
    /// A change starts at the checkpoint if the event before it ends a commit and no event follows. If the change is a
    /// single event that exists, the history is ahead of the change. Otherwise the newest event tells the checkpoint: a
    /// commit of several events may have been written whole or in part.
    async fn refusal(
        &self,
        change: &StreamChange<'_, HistoryChange>,
        found: &Neighbours,
    ) -> Result<Option<Applied>, WriteError> {
        let StreamChange { stream, after, to, .. } = *change;
        let neighbour = |version| found.get(&item_key(stream, version));
        let (before, first) = (neighbour(after), neighbour(after.next()));
        if [before, first].into_iter().flatten().any(|item| self.table.is_on_another_timeline(item)) {
            return Ok(Some(Applied::OtherTimeline));
        }
        let checkpoint =
            |item: Option<&AttributeMap>| item.map(|item| version_of_newest(item, EVENT)).transpose();
        let (before, first) = (checkpoint(before)?, checkpoint(first)?);
        if before.unwrap_or_default() == after && first.is_none() {
            return Ok(None);
        }
        if let Some(checkpoint) = first.filter(|first| *first == to) {
            return Ok(Some(Applied::Ahead { checkpoint }));
        }
        let pk = partition_of(stream.uuid());
        let newest = newest_checkpoint(&self.table, &pk, EVENT, "projection").await?;
        if newest.as_ref().is_some_and(|item| self.table.is_on_another_timeline(item)) {
            return Ok(Some(Applied::OtherTimeline));
        }
        Ok(Applied::refused(checkpoint(newest.as_ref())?.unwrap_or_default(), after))
    }

    /// Writes `items`, at most [`MAX_WRITE_BATCH`] events of distinct orders.
    #[tracing::instrument(name = "read_store.put", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchWriteItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(&self, items: impl Iterator<Item = AttributeMap> + Send) -> Result<(), WriteError> {
        let put = |item| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok::<_, DynamoError>(WriteRequest::builder().put_request(put).build())
        };
        let requests = items.map(put).collect::<Result<_, _>>()?;
        Ok(self.table.call().write_items(requests).await?)
    }

    /// The items of `change`, or its result if it must not be written.
    async fn admit(
        &self,
        index: usize,
        change: &StreamChange<'_, HistoryChange>,
        found: &Neighbours,
    ) -> Result<Unwritten, Result<Applied, WriteError>> {
        let items = change.change.items(change.stream, self.table.timeline());
        let mut items = items.map_err(|unwritable| Err(unwritable.into()))?;
        items.reverse();
        match self.refusal(change, found).await {
            Ok(None) => Ok(Unwritten { index, items }),
            Ok(Some(refused)) => Err(Ok(refused)),
            Err(error) => Err(Err(error)),
        }
    }
}

impl ViewWriter<HistoryChange> for DynamoHistories {
    const MAX_TOGETHER: usize = 100;

    /// Writes the events one after the other. Each event is written after the events before it, so the newest event is
    /// the checkpoint. Two writers of the same events write the same items.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &HistoryChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let change = StreamChange { stream, change, after, to };
        let items = change.change.items(stream, self.table.timeline())?;
        let found = self.neighbours(&[change]).await?;
        if let Some(refused) = self.refusal(&change, &found).await? {
            return Ok(refused);
        }
        for item in items {
            self.put(std::iter::once(item)).await?;
        }
        Ok(Applied::Written)
    }

    /// Writes the next event of each order in rounds, so that each event follows the events before it. A change whose
    /// request is throttled fails, and a change whose request fails otherwise has no result: the caller applies it on its
    /// own.
    async fn apply_all(&self, changes: &[StreamChange<'_, HistoryChange>], report: &ReportResult<'_>) {
        let Ok(found) = self.neighbours(changes).await else { return };
        let found = &found;
        let admitted = changes
            .iter()
            .enumerate()
            .map(|(index, change)| async move { (index, self.admit(index, change, found).await) });
        let admitted: Vec<_> = admitted.collect();
        let mut admitted = stream::iter(admitted).buffer_unordered(CONCURRENCY);
        let mut left: Vec<Unwritten> = Vec::new();
        while let Some((index, admitted)) = admitted.next().await {
            match admitted {
                Ok(unwritten) => left.push(unwritten),
                Err(result) => report(index, result),
            }
        }
        while !left.is_empty() {
            let mut round: Vec<Vec<(Unwritten, AttributeMap)>> = Vec::new();
            for mut unwritten in std::mem::take(&mut left) {
                let Some(item) = unwritten.items.pop() else { continue };
                match round.last_mut().filter(|batch| batch.len() < MAX_WRITE_BATCH) {
                    Some(batch) => batch.push((unwritten, item)),
                    None => round.push(vec![(unwritten, item)]),
                }
            }
            let written = round.into_iter().map(|batch| async move {
                let (unwritten, items): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
                (unwritten, self.put(items.into_iter()).await)
            });
            let written: Vec<_> = written.collect();
            let mut written = stream::iter(written).buffer_unordered(CONCURRENCY);
            while let Some((batch, result)) = written.next().await {
                match result {
                    Ok(()) => {
                        let (done, unwritten): (Vec<_>, Vec<_>) =
                            batch.into_iter().partition(|unwritten| unwritten.items.is_empty());
                        for Unwritten { index, .. } in done {
                            report(index, Ok(Applied::Written));
                        }
                        left.extend(unwritten);
                    }
                    Err(error) => {
                        report_throttling(batch.iter().map(|unwritten| unwritten.index), error, report);
                    }
                }
            }
        }
    }
}

impl StoredChange for HistoryChange {
    type Writer = DynamoHistories;

    fn writer(table: QueryTable) -> DynamoHistories {
        DynamoHistories { table: table.into() }
    }

    fn checkpoint(stream: &StreamId) -> CheckpointItem {
        CheckpointItem::Newest { pk: partition_of(stream.uuid()), prefix: EVENT }
    }
}
