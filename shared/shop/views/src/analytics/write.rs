//! Counts changes exactly once, one order at a time or many orders in a transaction.

use std::collections::{BTreeMap, HashMap};
use std::iter;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{MAX_GET_BATCH, Transaction, pause};
use es_core::{
    Applied, ReportResult, StreamChange, StreamId, StreamVersion, ViewWriter, WriteError, report_error,
};
use futures::future::join_all;
use tracing::field::Empty;
use view_store::{CheckpointItem, ItemKey, QueryTable, ShardedCounters, StoredChange};

use super::count::{CountedMove, packed};
use super::marker::Marker;
use super::{AnalyticsChange, DynamoAnalytics};

/// The most attempts of a transaction that conflicts with other transactions, including the first attempt. With the
/// random pauses between them, ten attempts last up to three seconds.
const MAX_TRIES: u32 = 10;

impl ViewWriter<AnalyticsChange> for DynamoAnalytics {
    /// One `BatchGetItem` reads the markers of all orders.
    const MAX_TOGETHER: usize = MAX_GET_BATCH;

    /// Counts `change` and moves the marker of `stream` from `after` to `to`, if the marker is at `after`.
    ///
    /// The first commit of a stream needs no read, because the transaction's condition detects an existing marker. A
    /// later commit needs the old counted properties and reads the marker first.
    ///
    /// A transaction that conflicts with another one is repeated after a random pause, on the same shard, because all
    /// changes of an order belong to one shard.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &AnalyticsChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let change = StreamChange { stream, change, after, to };
        let mut known = (after == StreamVersion::NONE).then(Marker::default);
        for tries in 1..=MAX_TRIES {
            let before = match known.take() {
                Some(marker) => marker,
                None => self.marker(stream).await?,
            };
            let counted = match self.next_move(0, change, &before)? {
                Ok(counted) => counted,
                Err(refused) => return Ok(refused),
            };
            match self.transact(&[counted]).await? {
                Transaction::Written => return Ok(Applied::Written),
                Transaction::Contended if tries < MAX_TRIES => {
                    known = Some(before);
                    pause(tries).await;
                }
                // Only the marker has a condition. If the condition fails, the marker has moved and is read again.
                Transaction::ConditionFailed { .. } | Transaction::Contended => {}
            }
        }
        Err(too_many_conflicts())
    }

    /// Counts the changes of many orders with one read of all markers and one transaction for each shard. Each
    /// transaction has the markers of its orders, and each of their counters once, with the sum of the changes.
    ///
    /// The transactions of different shards have no item in common and are sent at the same time. Transactions of the
    /// same shard are sent one after the other, because they would conflict.
    ///
    /// If the markers of some orders have moved, the transaction is repeated without these orders, and their markers are
    /// read again for the results. The orders of a transaction that fails for an unknown reason have no result, because
    /// only one of them may be the reason.
    async fn apply_all(&self, changes: &[StreamChange<'_, AnalyticsChange>], report: &ReportResult<'_>) {
        let is_later = |change: &StreamChange<'_, AnalyticsChange>| change.after > StreamVersion::NONE;
        let later = changes.iter().filter(|change| is_later(change));
        let mut markers = match self.markers(later.map(|change| change.stream)).await {
            Ok(markers) => Some(markers),
            Err(error) => {
                let later = changes.iter().enumerate().filter(|(_, change)| is_later(change));
                report_error(later.map(|(index, _)| index), error, report);
                None
            }
        };
        let mut shards: BTreeMap<u8, Vec<CountedMove>> = BTreeMap::new();
        for (index, change) in changes.iter().enumerate() {
            if is_later(change) && markers.is_none() {
                continue;
            }
            let marker =
                markers.as_mut().and_then(|markers| markers.remove(&Self::checkpoint(change.stream)));
            let before = marker.unwrap_or_else(|| Ok(Marker::default()));
            match before.and_then(|before| self.next_move(index, *change, &before)) {
                Ok(Ok(counted)) => shards.entry(counted.shard).or_default().push(counted),
                Ok(Err(refused)) => report(index, Ok(refused)),
                Err(error) => report(index, Err(error)),
            }
        }
        let moved =
            join_all(shards.into_values().map(|moves| self.count_shard(moves, report))).await.concat();
        let streams = moved.iter().filter_map(|index| changes.get(*index)).map(|change| change.stream);
        let Ok(mut markers) = self.markers(streams).await else { return };
        for index in moved {
            let Some(change) = changes.get(index) else { continue };
            let before = markers.remove(&Self::checkpoint(change.stream));
            let Some(Ok(before)) = before else { continue };
            if let Ok(Err(refused)) = self.next_move(index, *change, &before) {
                report(index, Ok(refused));
            }
        }
    }
}

impl DynamoAnalytics {
    /// What `change` does to the order with the marker `before`, or why the change is refused.
    fn next_move(
        &self,
        index: usize,
        change: StreamChange<'_, AnalyticsChange>,
        before: &Marker,
    ) -> Result<Result<CountedMove, Applied>, WriteError> {
        if before.is_on_another_timeline {
            return Ok(Err(Applied::OtherTimeline));
        }
        if let Some(refused) = Applied::refused(before.version, change.after) {
            return Ok(Err(refused));
        }
        let order = change.change.after(before.order.as_ref());
        let next = Marker { version: change.to, order, is_on_another_timeline: false };
        Ok(Ok(self.moved(index, change.stream, before, &next)?))
    }

    /// Counts `moves`, which all belong to one shard. Returns the indexes of the orders whose markers have moved.
    async fn count_shard(&self, moves: Vec<CountedMove>, report: &ReportResult<'_>) -> Vec<usize> {
        let mut refused = Vec::new();
        for mut moves in packed(moves) {
            for tries in 1..=MAX_TRIES {
                let indexes = moves.iter().map(|counted| counted.index);
                match self.transact(&moves).await {
                    Ok(Transaction::Written) => {
                        indexes.for_each(|index| report(index, Ok(Applied::Written)));
                        break;
                    }
                    Ok(Transaction::ConditionFailed { actions }) => {
                        let (gone, left) = split(moves, &actions);
                        refused.extend(gone.into_iter().map(|counted| counted.index));
                        moves = left;
                        if moves.is_empty() {
                            break;
                        }
                    }
                    Ok(Transaction::Contended) if tries < MAX_TRIES => pause(tries).await,
                    Ok(Transaction::Contended) => report_error(indexes, too_many_conflicts(), report),
                    Err(error @ WriteError::Throttled(_)) => {
                        report_error(indexes, error, report);
                        break;
                    }
                    Err(WriteError::Unavailable(_) | WriteError::Unwritable(_)) => break,
                }
            }
        }
        refused
    }

    /// Reads the marker of the order in `stream` with a consistent read. The request is that of [`Self::markers`], so the
    /// functions need no permission for another one.
    async fn marker(&self, stream: &StreamId) -> Result<Marker, WriteError> {
        let mut markers = self.markers(iter::once(stream)).await?;
        markers.remove(&Self::checkpoint(stream)).unwrap_or_else(|| Ok(Marker::default()))
    }

    /// Reads the markers of the orders in `streams` with one consistent read. An order without a marker is missing in
    /// the result.
    #[tracing::instrument(name = "read_store.markers", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn markers(
        &self,
        streams: impl Iterator<Item = &StreamId>,
    ) -> Result<HashMap<ItemKey, Result<Marker, WriteError>>, WriteError> {
        let keys: Vec<_> = streams.map(|stream| Self::checkpoint(stream).attributes()).collect();
        let options = KeysAndAttributes::builder().consistent_read(true);
        let items = self.table.call().get_items(&keys, &options).await?;
        let mut markers = HashMap::with_capacity(items.len());
        for item in items {
            let marker = Marker::from_item(&self.table, &item).map_err(WriteError::from);
            markers.insert(ItemKey::from_item(&item)?, marker);
        }
        Ok(markers)
    }
}

/// Splits `moves` into those at `places` and the others.
fn split(moves: Vec<CountedMove>, places: &[usize]) -> (Vec<CountedMove>, Vec<CountedMove>) {
    let (mut at, mut others) = (Vec::new(), Vec::new());
    for (place, counted) in moves.into_iter().enumerate() {
        if places.contains(&place) { at.push(counted) } else { others.push(counted) }
    }
    (at, others)
}

fn too_many_conflicts() -> WriteError {
    WriteError::Throttled("the transaction on the counters conflicted with others too often".into())
}

impl StoredChange for AnalyticsChange {
    type Writer = DynamoAnalytics;

    fn writer(table: QueryTable) -> DynamoAnalytics {
        DynamoAnalytics::with_table(table.into())
    }

    fn checkpoint(stream: &StreamId) -> CheckpointItem {
        DynamoAnalytics::checkpoint(stream).into()
    }

    fn counters() -> Option<ShardedCounters> {
        Some(DynamoAnalytics::COUNTERS)
    }
}
