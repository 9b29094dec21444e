//! The events of a history: their items and their writer.

use dynamo::{
    AttributeMap, CorruptItem, Item, MAX_ITEM_BYTES, PK, SK, UpdateExpression, check_size, item_bytes, text,
};
use es_core::{Applied, StreamId, StreamVersion, Timestamp, Unwritable, ViewWriter, WriteError};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{ItemKey, QueryTable, StoredChange, ViewUpdate, write_view};

use super::{DynamoHistories, USER_ID};
use crate::orders::partition_of;

/// How many events of one history are written concurrently.
const CONCURRENCY: usize = 8;

/// A change of an order's history: successive events to add.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistoryChange {
    /// The id of the order's customer, if one of the events contains it.
    pub user_id: Option<String>,
    /// The events, sorted by version.
    pub events: Vec<HistoryEvent>,
}

/// An event in the form that a history stores.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// The event's version in its stream.
    pub version: StreamVersion,
    /// The event's id.
    pub id: Uuid,
    /// The stored name of the event type, for example `OrderCreated`.
    pub event_type: String,
    /// The event's data.
    pub data: Value,
    /// When the command was accepted.
    pub at: Timestamp,
    /// The W3C trace context of the request, if it had one.
    pub traceparent: Option<String>,
    /// The id that all messages of one business conversation share.
    pub correlation_id: String,
    /// The id of the message that caused the event.
    pub causation_id: String,
}

/// The sort key of an order's event at `version`. Leading zeros make texts sort like numbers.
pub(super) fn event_key(version: StreamVersion) -> String {
    format!("event#{:020}", version.get())
}

impl HistoryEvent {
    /// Converts the event into its item in the history of `order`.
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

    /// Reads an event from its item.
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
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(&self, stream: &StreamId, item: AttributeMap) -> Result<(), WriteError> {
        self.table.call().send(self.table.put_item().set_item(Some(item)).send()).await?;
        Ok(())
    }
}

impl ViewWriter<HistoryChange> for DynamoHistories {
    /// Writes the events before it checks the checkpoint. This is safe because every writer of the same event table
    /// writes the same items.
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
    type Writer = DynamoHistories;

    fn writer(table: QueryTable) -> DynamoHistories {
        DynamoHistories { table: table.into() }
    }

    fn checkpoint(stream: &StreamId) -> ItemKey {
        DynamoHistories::checkpoint(stream)
    }
}
