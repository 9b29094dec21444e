//! Counts a change exactly once: the marker of an order, and the transaction that updates the marker and the counters.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamo::{AttributeMap, CorruptItem, Item, Transaction, UpdateExpression, number, pause, text};
use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use tracing::field::Empty;
use view_store::{CheckpointItem, ItemKey, QueryTable, ShardedCounters, StoredChange, VERSION};

use super::change::{CountedOrder, CountedStatus, difference};
use super::{AnalyticsChange, COUNTER_SHARDS, DynamoAnalytics, REVENUE};
use crate::orders::order_shard;

/// The most attempts of a transaction that conflicts with other transactions, including the first attempt. With the
/// random pauses between them, ten attempts last up to three seconds.
const MAX_TRIES: u32 = 10;

impl ViewWriter<AnalyticsChange> for DynamoAnalytics {
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
        let mut known = (after == StreamVersion::NONE).then(Marker::default);
        for tries in 1..=MAX_TRIES {
            let before = match known.take() {
                Some(marker) => marker,
                None => self.marker(stream).await?,
            };
            if before.is_on_another_timeline {
                return Ok(Applied::OtherTimeline);
            }
            if let Some(refused) = Applied::refused(before.version, after) {
                return Ok(refused);
            }
            let order = change.after(before.order.as_ref());
            let next = Marker { version: to, order, is_on_another_timeline: false };
            match self.transact(stream, &before, &next).await? {
                Transaction::Written => return Ok(Applied::Written),
                Transaction::Contended if tries < MAX_TRIES => {
                    known = Some(before);
                    pause(tries).await;
                }
                // Only the marker has a condition. If the condition fails, the marker has moved and is read again.
                Transaction::ConditionFailed | Transaction::Contended => {}
            }
        }
        Err(WriteError::Throttled("the transaction on the counters conflicted with others too often".into()))
    }
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

/// The marker of an order: its checkpoint and its counted properties. The default is the marker of an uncounted order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Marker {
    version: StreamVersion,
    order: Option<CountedOrder>,
    /// Whether the order was counted from another event table.
    is_on_another_timeline: bool,
}

impl DynamoAnalytics {
    /// Reads the marker of the order in `stream` with a consistent read.
    #[tracing::instrument(name = "read_store.marker", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn marker(&self, stream: &StreamId) -> Result<Marker, WriteError> {
        let get = self.table.get_item().set_key(Some(Self::checkpoint(stream).attributes()));
        let answer = self.table.call().send(get.consistent_read(true).send()).await?;
        let Some(item) = answer.item else { return Ok(Marker::default()) };
        let is_on_another_timeline = self.table.is_on_another_timeline(&item);
        Ok(Marker { is_on_another_timeline, ..Marker::from_item(&item)? })
    }

    /// Moves the marker of the order in `stream` from `before` to `next`, and updates the counters in the order's shard
    /// in the same transaction.
    #[tracing::instrument(name = "read_store.count", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "TransactWriteItems",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, cqrs.aggregate_version = next.version.get().cast_signed(),
        aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn transact(
        &self,
        stream: &StreamId,
        before: &Marker,
        next: &Marker,
    ) -> Result<Transaction, WriteError> {
        let shard = order_shard(stream.uuid(), COUNTER_SHARDS);
        let marker = UpdateExpression::default();
        let marker = marker.move_checkpoint(&self.table, VERSION, before.version, next.version);
        let attributes = next.order.iter().flat_map(attributes);
        let marker = attributes.fold(marker, |marker, (name, value)| marker.set(name, value));
        let mut actions = vec![marker.action(&self.table, Self::checkpoint(stream).attributes())?];
        for (counter, change) in difference(before.order.as_ref(), next.order.as_ref()) {
            let update = UpdateExpression::default();
            let update = update.add(counter.number(), change.number).add(REVENUE, change.revenue);
            let key = ItemKey::new(counter.pk(shard), counter.sk()?);
            actions.push(update.action(&self.table, key.attributes())?);
        }
        Ok(self.table.call().transact(actions).await?)
    }
}

/// The attributes of the marker of `order`, without the version.
fn attributes(order: &CountedOrder) -> [(&'static str, AttributeValue); 6] {
    [
        ("day", text(order.day)),
        ("currency", text(&order.currency)),
        ("total_amount_cents", number(order.total_amount_cents)),
        ("status", text(&order.status.status)),
        ("is_sold", AttributeValue::Bool(order.status.is_sold)),
        ("products", text(serde_json::json!(order.products).to_string())),
    ]
}

impl Marker {
    fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let item = Item(item);
        let version = StreamVersion::new(item.number(VERSION)?);
        if !item.has("day") {
            return Ok(Self { version, ..Self::default() });
        }
        let status =
            CountedStatus { status: item.text("status")?.to_owned(), is_sold: item.flag("is_sold")? };
        let order = CountedOrder {
            day: item.parsed("day")?,
            currency: item.text("currency")?.to_owned(),
            total_amount_cents: item.number("total_amount_cents")?,
            status,
            products: item.json("products")?,
        };
        Ok(Self { version, order: Some(order), ..Self::default() })
    }
}
