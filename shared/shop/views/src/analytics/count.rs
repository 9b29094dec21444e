//! Transactions that count: the markers of some orders, and the sums of their counters.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use dynamo::{MAX_TRANSACTION_ACTIONS, MAX_TRANSACTION_BYTES, Transaction, UpdateExpression, value_bytes};
use es_core::{StreamId, StreamVersion, WriteError};
use tracing::field::Empty;
use view_store::{ItemKey, VERSION};

use super::change::{Amounts, difference};
use super::marker::Marker;
use super::{COUNTER_SHARDS, DynamoAnalytics};
use crate::orders::order_shard;

/// The size of a counter's item, rounded up. An item has two numbers for each status of the domain, or two numbers of a
/// product, and its keys have at most 3 KB.
const COUNTER_BYTES: usize = 4 * 1_024;

/// What a transaction does for one order: it moves the order's marker and changes the counters in the order's shard.
#[derive(Debug)]
pub(super) struct CountedMove {
    /// The index of the change among the changes that are written together.
    pub(super) index: usize,
    /// The shard of the order's counters.
    pub(super) shard: u8,
    stream: StreamId,
    to: StreamVersion,
    marker: TransactWriteItem,
    marker_bytes: usize,
    counters: BTreeMap<ItemKey, Amounts>,
}

impl DynamoAnalytics {
    /// The move of the order in `stream` from the marker `before` to `next`.
    pub(super) fn moved(
        &self,
        index: usize,
        stream: &StreamId,
        before: &Marker,
        next: &Marker,
    ) -> Result<CountedMove, WriteError> {
        let shard = order_shard(stream.uuid(), COUNTER_SHARDS);
        let counters = difference(before.order.as_ref(), next.order.as_ref(), shard)?;
        let attributes = next.attributes();
        let marker_bytes = attributes.iter().map(|(name, value)| name.len() + value_bytes(value)).sum();
        let marker = UpdateExpression::default();
        let marker = marker.move_checkpoint(&self.table, VERSION, before.version, next.version);
        let marker = attributes.into_iter().fold(marker, |marker, (name, value)| marker.set(name, value));
        let marker = marker.action(&self.table, Self::checkpoint(stream).attributes())?;
        let (stream, to) = (stream.clone(), next.version);
        Ok(CountedMove { index, shard, stream, to, marker, marker_bytes, counters })
    }

    /// Moves the markers of `moves` and changes each of their counters once, all of it or nothing. The moves belong to
    /// different orders. The first actions are the markers, in the order of `moves`.
    #[tracing::instrument(name = "read_store.count", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "TransactWriteItems",
        db.collection.name = self.table.name(), db.operation.batch.size = (moves.len() > 1).then_some(moves.len()),
        cqrs.aggregate_id = only(moves).map(|only| display(&only.stream)),
        cqrs.aggregate_version = only(moves).map(|only| only.to.get().cast_signed()),
        aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub(super) async fn transact(&self, moves: &[CountedMove]) -> Result<Transaction, WriteError> {
        let mut sums: BTreeMap<&ItemKey, BTreeMap<&str, i128>> = BTreeMap::new();
        for (key, amounts) in moves.iter().flat_map(|counted| &counted.counters) {
            let sum = sums.entry(key).or_default();
            for (attribute, amount) in amounts {
                *sum.entry(attribute).or_default() += amount;
            }
        }
        let mut actions: Vec<_> = moves.iter().map(|counted| counted.marker.clone()).collect();
        for (key, sum) in sums {
            let changed: Vec<_> = sum.into_iter().filter(|(_, amount)| *amount != 0).collect();
            if changed.is_empty() {
                continue;
            }
            let update =
                changed.into_iter().fold(UpdateExpression::default(), |update, (attribute, amount)| {
                    update.add(attribute, amount)
                });
            actions.push(update.action(&self.table, key.attributes())?);
        }
        Ok(self.table.call().transact(actions).await?)
    }
}

/// The only move, if there is only one.
const fn only(moves: &[CountedMove]) -> Option<&CountedMove> {
    match moves {
        [only] => Some(only),
        _ => None,
    }
}

/// Packs `moves` into as few transactions as DynamoDB's limits allow, in their order. A single move fits always, because
/// an order has at most [`MAX_COUNTED_PRODUCTS`](super::MAX_COUNTED_PRODUCTS).
pub(super) fn packed(moves: Vec<CountedMove>) -> Vec<Vec<CountedMove>> {
    let mut packs: Vec<Vec<CountedMove>> = Vec::new();
    let (mut counters, mut bytes): (BTreeSet<ItemKey>, usize) = (BTreeSet::new(), 0);
    for counted in moves {
        let new = counted.counters.keys().filter(|key| !counters.contains(*key)).count();
        let bytes_with = bytes + counted.marker_bytes + (1 + new) * COUNTER_BYTES;
        let actions = packs.last().map_or(0, Vec::len) + 1 + counters.len() + new;
        let fits = actions <= MAX_TRANSACTION_ACTIONS && bytes_with <= MAX_TRANSACTION_BYTES;
        if !fits {
            counters.clear();
            bytes = 0;
        }
        let new = counted.counters.keys().filter(|key| !counters.contains(*key)).count();
        bytes += counted.marker_bytes + (1 + new) * COUNTER_BYTES;
        counters.extend(counted.counters.keys().cloned());
        match packs.last_mut() {
            Some(pack) if fits => pack.push(counted),
            _ => packs.push(vec![counted]),
        }
    }
    packs
}
