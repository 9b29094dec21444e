//! A view: its layout, reading it by its key, and writing it if its checkpoint is where the change starts.

use std::marker::PhantomData;

use aws_sdk_dynamodb::Client;
use dynamo::{AttributeMap, ConditionalWrite, CorruptItem, DynamoError, Item, PK, Table, UpdateExpression};
use es_core::{Applied, StreamId, StreamVersion, Versioned, ViewWriter, WriteError};
use tracing::field::Empty;
use uuid::Uuid;

use crate::{Change, CheckpointItem, Consistency, ItemKey, ReadError, ShardedCounters, VERSION};

/// The sort key of a view's item. The partition also holds the other items of the same stream.
const VIEW: &str = "view";

/// A view of one stream, stored in one item of the query table. Implement the trait with `#[derive(View)]`:
///
/// ```
/// use es_core::StreamVersion;
/// use view_store::{Change, View};
///
/// #[derive(View)]
/// #[view(partition = "account")]
/// struct AccountView {
///     version: StreamVersion,
///     /// The balance, in cents.
///     #[view(opening)]
///     balance: i64,
///     owner: Option<String>,
/// }
///
/// let deposited = Change::default().add(AccountView::BALANCE, 500).set(AccountView::OWNER, "Ada");
/// ```
///
/// The derive needs the partition and the opening attribute. Without one of them, the struct does not compile:
///
/// ```compile_fail
/// #[derive(view_store::View)]
/// #[view(partition = "account")]
/// struct AccountView {
///     version: es_core::StreamVersion,
///     balance: i64,
/// }
/// ```
///
/// ```compile_fail
/// #[derive(view_store::View)]
/// struct AccountView {
///     version: es_core::StreamVersion,
///     #[view(opening)]
///     balance: i64,
/// }
/// ```
///
/// The attributes `pk`, `sk` and `timeline` belong to the key and the checkpoint:
///
/// ```compile_fail
/// #[derive(view_store::View)]
/// #[view(partition = "account")]
/// struct AccountView {
///     version: es_core::StreamVersion,
///     #[view(opening)]
///     balance: i64,
///     timeline: String,
/// }
/// ```
pub trait View: Versioned + Send + Sync + Sized + 'static {
    /// The start of the partition keys of the items: with `account`, a key is `account#<uuid of the stream>`. Each view
    /// has its own partition.
    const PARTITION: &'static str;

    /// The view that `item` holds; `None` if the item is only a checkpoint, because no event has opened the view yet.
    ///
    /// # Errors
    /// [`CorruptItem`] with the name of the attribute that is missing or invalid.
    fn from_item(item: &AttributeMap) -> Result<Option<Self>, CorruptItem>;

    /// The change that writes every attribute of the view except its version.
    #[must_use]
    fn whole(&self) -> Change<Self>;
}

/// The key of the item that holds the view `V` of `stream`.
#[must_use]
pub fn view_key<V: View>(stream: &StreamId) -> ItemKey {
    ItemKey::new(format!("{}#{}", V::PARTITION, stream.uuid()), VIEW)
}

/// The UUID in the partition key of `item`, which holds a view of `partition`.
///
/// # Errors
/// [`CorruptItem`] with the name of the partition key.
pub fn id_in_key(item: Item<'_>, partition: &str) -> Result<Uuid, CorruptItem> {
    let id = item.text(PK)?.strip_prefix(partition).and_then(|rest| rest.strip_prefix('#'));
    id.and_then(|id| id.parse().ok()).ok_or_else(|| item.corrupt(PK))
}

/// One generation of the query table, for writing.
#[derive(Debug, Clone)]
pub struct QueryTable {
    /// The client that reaches the table.
    pub client: Client,
    /// The table's name.
    pub name: String,
    /// The name of the event table from which the views are made. Every checkpoint stores the name.
    pub timeline: String,
}

impl From<QueryTable> for Table {
    fn from(QueryTable { client, name, timeline }: QueryTable) -> Self {
        Self::new(client, name).on_timeline(timeline)
    }
}

/// A change that defines its own writer. A projection that produces such a change can be registered.
pub trait StoredChange: Default + Send + Sync + 'static {
    /// The writer of the change.
    type Writer: ViewWriter<Self> + 'static;

    /// A writer to the query table `table`.
    fn writer(table: QueryTable) -> Self::Writer;

    /// The item with the checkpoint of the view of `stream`.
    fn checkpoint(stream: &StreamId) -> CheckpointItem;

    /// The sharded counters among the views, if there are any. Two generations may hold the same sum in different
    /// items, so their sums are compared instead of the items: a counter of 0 may have an item or none, and another
    /// version of the code may have chosen other shards.
    #[must_use]
    fn counters() -> Option<ShardedCounters> {
        None
    }
}

/// All views `V` in one query table.
///
/// The store has no state of its own. Clones share the client's connections, and the client defines timeouts and
/// retries.
#[derive(Debug)]
pub struct Views<V> {
    /// The table.
    pub table: Table,
    of: PhantomData<fn() -> V>,
}

impl<V> Clone for Views<V> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), of: PhantomData }
    }
}

impl<V: View> Views<V> {
    /// The views in `table`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table), of: PhantomData }
    }

    /// The view of `stream`; `None` if the stream has no view yet. The function sends one eventually consistent
    /// `GetItem`, which costs half a read unit for each 4 KB.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn get(&self, stream: &StreamId) -> Result<Option<V>, ReadError> {
        let item =
            read_view(&self.table, stream, view_key::<V>(stream), Consistency::Eventual, "query").await?;
        Ok(item.map_or(Ok(None), |item| V::from_item(&item))?)
    }
}

impl<V: View> ViewWriter<Change<V>> for Views<V> {
    /// Writes the change with one `UpdateItem` and without a read.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &Change<V>,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let (key, expression) = (view_key::<V>(stream), change.expression()?);
        write_view(&self.table, ViewUpdate { stream, key, expression, after, to }).await
    }
}

impl<V: View> StoredChange for Change<V> {
    type Writer = Views<V>;

    fn writer(table: QueryTable) -> Views<V> {
        Views { table: table.into(), of: PhantomData }
    }

    fn checkpoint(stream: &StreamId) -> CheckpointItem {
        view_key::<V>(stream).into()
    }
}

/// The item under `key`, which belongs to `stream`; `None` if there is no item. The function sends one `GetItem`, which
/// costs one read unit for each 4 KB, or half a unit if the read is eventually consistent. `side` is the side of the
/// function on the span.
///
/// # Errors
/// [`DynamoError`]. Its variants name the causes.
#[tracing::instrument(name = "read_store.get", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn read_view(
    table: &Table,
    stream: &StreamId,
    key: ItemKey,
    consistency: Consistency,
    side: &'static str,
) -> Result<Option<AttributeMap>, DynamoError> {
    let get = table.get_item().set_key(Some(key.attributes()));
    let get = get.consistent_read(consistency == Consistency::Strong);
    Ok(table.call().send(get.send()).await?.item)
}

/// One write of a view.
#[derive(Debug, Clone)]
pub struct ViewUpdate<'a> {
    /// The stream that the view belongs to.
    pub stream: &'a StreamId,
    /// The key of the item that holds the checkpoint. That is the view's own item, or a separate checkpoint item.
    pub key: ItemKey,
    /// The changes of the item's attributes.
    pub expression: UpdateExpression,
    /// The version that the checkpoint must have before the write.
    pub after: StreamVersion,
    /// The version that the checkpoint has after the write.
    pub to: StreamVersion,
}

/// Writes `update` to `table` with one `UpdateItem`, if the checkpoint is at `update.after`. A refused write returns
/// the checkpoint, or that the view is on another timeline than `table`.
///
/// # Errors
/// [`WriteError`]. Its variants name the causes. [`WriteError::Unavailable`] also for an item without a
/// valid checkpoint.
#[tracing::instrument(name = "read_store.apply", skip_all, fields(
    otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "UpdateItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %update.stream, cqrs.aggregate_version = update.to.get().cast_signed(),
    aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn write_view(table: &Table, update: ViewUpdate<'_>) -> Result<Applied, WriteError> {
    let ViewUpdate { key, expression, after, to, .. } = update;
    let request = expression.move_checkpoint(table, VERSION, after, to).request(table, key.attributes());
    let ConditionalWrite::Refused(item) = table.call().update_if(request).await? else {
        return Ok(Applied::Written);
    };
    if item.as_ref().is_some_and(|item| table.is_on_another_timeline(item)) {
        return Ok(Applied::OtherTimeline);
    }
    let checkpoint = checkpoint_in(item.as_ref())?;
    // DynamoDB refuses a write that starts at the checkpoint only for a condition that the caller has added.
    Ok(Applied::refused(checkpoint, after).unwrap_or(Applied::Ahead { checkpoint }))
}

/// The checkpoint in `item`; version 0 if there is no item.
pub(crate) fn checkpoint_in(item: Option<&AttributeMap>) -> Result<StreamVersion, CorruptItem> {
    item.map_or(Ok(StreamVersion::NONE), |item| Ok(StreamVersion::new(Item(item).number(VERSION)?)))
}
