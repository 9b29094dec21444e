//! The events of a history: their items, and how they are written.

use dynamo::{
    AttributeMap, CorruptItem, Item, MAX_ITEM_BYTES, PK, SK, UpdateExpression, check_size, item_bytes, text,
};
use es_core::{Applied, EventReader, StreamId, StreamVersion, Timestamp, Unwritable, ViewWriter, WriteError};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{ItemKey, QueryTable, StoredChange, ViewUpdate, write_view};

use super::{DynamoHistories, USER_ID};
use crate::orders::partition_of;

/// How many events of one history are written at once.
const CONCURRENCY: usize = 8;

/// What is added to the history of an order: a run of events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistoryChange {
    /// The user whose order it is, if one of the events tells.
    pub user_id: Option<String>,
    /// The events, which follow one another.
    pub events: Vec<HistoryEvent>,
}

/// An event, as a history keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// Its version in its stream.
    pub version: StreamVersion,
    /// Its own id.
    pub id: Uuid,
    /// Its stored name: `OrderCreated`.
    pub event_type: String,
    /// What happened.
    pub data: Value,
    /// When its command was accepted.
    pub at: Timestamp,
    /// The W3C trace context of the request, where there was one.
    pub traceparent: Option<String>,
    /// What ties all messages of one business conversation together.
    pub correlation_id: String,
    /// The message that led to it.
    pub causation_id: String,
}

/// The sort key of the event of an order at `version`. All digits are there: texts sort as numbers do.
pub(super) fn event_key(version: StreamVersion) -> String {
    format!("event#{:020}", version.get())
}

impl HistoryEvent {
    /// The event's item in the history of `order`.
    fn item(&self, order: Uuid) -> Result<AttributeMap, Unwritable> {
        let texts = [
            (PK, Some(partition_of(order))),
            (SK, Some(event_key(self.version))),
            ("id", Some(self.id.to_string())),
            ("type", Some(self.event_type.clone())),
            ("data", Some(self.data.to_string())),
            ("at", Some(self.at.to_string())),
            ("traceparent", self.traceparent.clone()),
            ("correlation_id", Some(self.correlation_id.clone())),
            ("causation_id", Some(self.causation_id.clone())),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value?))));
        let item = texts.collect();
        check_size("the event", item_bytes(&item), MAX_ITEM_BYTES)?;
        Ok(item)
    }

    /// The event that `item` holds.
    pub(super) fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let item = Item(item);
        let version = item.text(SK)?.strip_prefix("event#").and_then(|digits| digits.parse().ok());
        Ok(Self {
            version: version.map(StreamVersion::new).ok_or_else(|| item.corrupt(SK))?,
            id: item.parsed("id")?,
            event_type: item.text("type")?.to_owned(),
            data: item.json("data")?,
            at: item.parsed("at")?,
            traceparent: item.optional("traceparent").map(str::to_owned),
            correlation_id: item.text("correlation_id")?.to_owned(),
            causation_id: item.text("causation_id")?.to_owned(),
        })
    }
}

impl DynamoHistories {
    #[tracing::instrument(name = "read_store.put", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(&self, stream: &StreamId, item: AttributeMap) -> Result<(), WriteError> {
        self.table.call().send(self.table.put_item().set_item(Some(item)).send()).await?;
        Ok(())
    }
}

impl ViewWriter<HistoryChange> for DynamoHistories {
    /// Writes the events first, whatever the checkpoint: every writer writes the same ones.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &HistoryChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let order = stream.uuid();
        let items = change.events.iter().map(|event| event.item(order)).collect::<Result<Vec<_>, _>>()?;
        let puts = futures::stream::iter(items).map(|item| self.put(stream, item));
        puts.buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        let expression = change
            .user_id
            .iter()
            .fold(UpdateExpression::default(), |expression, user| expression.set(USER_ID, text(user)));
        let key = Self::checkpoint(stream);
        write_view(&self.table, ViewUpdate { stream, key, expression, after, to }).await
    }
}

impl StoredChange for HistoryChange {
    type Writer<R: EventReader + 'static> = DynamoHistories;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> DynamoHistories {
        DynamoHistories::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(DynamoHistories::checkpoint(stream))
    }
}
