//! One view: what it is, read by its key, and written on the condition that it is where the change begins.

use std::marker::PhantomData;

use aws_sdk_dynamodb::Client;
use dynamo::{AttributeMap, ConditionalWrite, CorruptItem, Failure, Item, PK, Table, UpdateExpression};
use es_core::{Applied, EventReader, StreamId, StreamVersion, Versioned, ViewWriter, WriteError};
use tracing::field::Empty;
use uuid::Uuid;

use crate::{Change, ItemKey, ReadError, ShardedCounters, VERSION};

/// The sort key of a view's item. Other items of the same stream are in the same partition.
const VIEW: &str = "view";

/// A view of one stream in one item of the query table. `#[derive(View)]` implements it for a struct:
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
/// A struct that does not say how its items begin, or which attribute opens them, is no view:
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
pub trait View: Versioned + Send + Sync + Sized + 'static {
    /// What the partition keys of the items begin with: `account` where a key is `account#<uuid of the stream>`. No two
    /// views have the same.
    const PARTITION: &'static str;

    /// The view that `item` holds; `None` if no event has opened the view yet: the item is only a checkpoint.
    ///
    /// # Errors
    /// [`CorruptItem`], which names the attribute that is missing or has the wrong form.
    fn from_item(item: &AttributeMap) -> Result<Option<Self>, CorruptItem>;

    /// The change that writes every attribute of the view, except its version.
    #[must_use]
    fn whole(&self) -> Change<Self>;
}

/// The key of the view `V` of `stream`.
#[must_use]
pub fn view_key<V: View>(stream: &StreamId) -> ItemKey {
    ItemKey::new(format!("{}#{}", V::PARTITION, stream.uuid()), VIEW)
}

/// The uuid in the partition key of `item`, a view of `partition`.
///
/// # Errors
/// [`CorruptItem`], which blames the partition key.
pub fn id_in_key(item: Item<'_>, partition: &str) -> Result<Uuid, CorruptItem> {
    let id = item.text(PK)?.strip_prefix(partition).and_then(|rest| rest.strip_prefix('#'));
    id.and_then(|id| id.parse().ok()).ok_or_else(|| item.corrupt(PK))
}

/// One generation of the query table.
#[derive(Debug, Clone)]
pub struct QueryTable {
    /// The client that reaches the table.
    pub client: Client,
    /// The table's name.
    pub name: String,
}

/// A change of a view that knows what writes it. A projection whose change is one can be registered.
pub trait StoredChange: Default + Send + Sync + 'static {
    /// What writes the change. A writer may read the event table.
    type Writer<R: EventReader + 'static>: ViewWriter<Self> + 'static;

    /// The writer to the query table `table`, over the event table `events`.
    fn writer<R: EventReader + 'static>(events: R, table: QueryTable) -> Self::Writer<R>;

    /// The key of the checkpoint of the view of `stream`; `None` if the views keep no checkpoints.
    fn checkpoint(stream: &StreamId) -> Option<ItemKey>;

    /// The counters among the views, if there are any. Their shares are spread over shards by chance, so two generations
    /// are compared by the sums.
    #[must_use]
    fn counters() -> Option<ShardedCounters> {
        None
    }
}

/// All views `V` in one query table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
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
    /// The views in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table), of: PhantomData }
    }

    /// The view of `stream`; `None` if there is none, or none yet. One `GetItem`, eventually consistent: half a read unit
    /// for 4 KB.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn get(&self, stream: &StreamId) -> Result<Option<V>, ReadError> {
        let item = read_view(&self.table, stream, view_key::<V>(stream), Consistency::Eventual).await?;
        Ok(item.map_or(Ok(None), |item| V::from_item(&item))?)
    }
}

impl<V: View> ViewWriter<Change<V>> for Views<V> {
    /// One `UpdateItem`, and no read.
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
    type Writer<R: EventReader + 'static> = Views<V>;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> Views<V> {
        Views::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(view_key::<V>(stream))
    }
}

/// Whether a read sees every write that was acknowledged before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// It may miss the latest writes, and takes half as many read units.
    Eventual,
    /// It sees them.
    Strong,
}

/// The item under `key`, which belongs to `stream`; `None` if there is none, or none yet. One `GetItem`: a read unit for
/// 4 KB, half of it if the read is eventually consistent.
///
/// # Errors
/// [`Failure`], case by case.
#[tracing::instrument(name = "read_store.get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
    db.collection.name = table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn read_view(
    table: &Table,
    stream: &StreamId,
    key: ItemKey,
    consistency: Consistency,
) -> Result<Option<AttributeMap>, Failure> {
    let get = table.get_item().set_key(Some(key.attributes()));
    let get = get.consistent_read(consistency == Consistency::Strong);
    Ok(table.call().send(get.send()).await?.item)
}

/// Which view is written, and what becomes of it.
#[derive(Debug, Clone)]
pub struct ViewUpdate<'a> {
    /// The stream whose view it is.
    pub stream: &'a StreamId,
    /// The item that holds the checkpoint: the view itself, or a checkpoint beside its items.
    pub key: ItemKey,
    /// What becomes of its attributes.
    pub expression: UpdateExpression,
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
    let ViewUpdate { key, expression, after, to, .. } = update;
    let request = expression.move_checkpoint(VERSION, after, to).request(table, key.attributes());
    let ConditionalWrite::Refused(item) = table.call().update_if(request).await? else {
        return Ok(Applied::Written);
    };
    let version = item.and_then(|item| Item(&item).number(VERSION).ok());
    let checkpoint = version.map_or(StreamVersion::NONE, StreamVersion::new);
    if checkpoint < after { Ok(Applied::Behind { checkpoint }) } else { Ok(Applied::Ahead { checkpoint }) }
}
