//! Checkpoints of views of any kind.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use dynamo::{AttributeMap, CorruptItem, DynamoError, Item, PK, SK, TIMELINE, Table, text};
use es_core::StreamVersion;
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;

use crate::{CheckpointItem, ItemKey, QueryTable, ReadError, VERSION};

/// How many partitions are queried for their newest item at the same time.
const CONCURRENCY: usize = 16;

/// The checkpoint in `item`, one of several items whose sort keys begin with `prefix`; see [`CheckpointItem::Newest`].
///
/// # Errors
/// [`CorruptItem`] with the name of the attribute that is invalid.
pub fn version_of_newest(item: &AttributeMap, prefix: &str) -> Result<StreamVersion, CorruptItem> {
    let item = Item(item);
    if item.has(VERSION) {
        return Ok(StreamVersion::new(item.number(VERSION)?));
    }
    let version = item.text(SK)?.strip_prefix(prefix).and_then(|digits| digits.parse().ok());
    version.map(StreamVersion::new).ok_or_else(|| item.corrupt(SK))
}

/// The checkpoints of all views in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoCheckpoints {
    table: Table,
}

impl From<QueryTable> for DynamoCheckpoints {
    /// The checkpoints of the views that are made from the table's event table.
    fn from(table: QueryTable) -> Self {
        Self { table: table.into() }
    }
}

impl DynamoCheckpoints {
    /// The checkpoints in `table`, reached through `client`, whatever event table the views are made from.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// The checkpoints in `items`, in the same order. Version 0 for an item that does not exist, and for the checkpoint of
    /// a view that is made from another event table than the table's views.
    ///
    /// The read is consistent: it includes every write that was acknowledged before. It sends one `BatchGetItem` for
    /// each hundred items with known keys, and one `Query` for each newest item. A checkpoint costs one read unit if its
    /// item is smaller than 4 KB.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    pub async fn versions(&self, items: &[CheckpointItem]) -> Result<Vec<StreamVersion>, ReadError> {
        let distinct: BTreeSet<&CheckpointItem> = items.iter().collect();
        let (mut keys, mut newest) = (Vec::new(), Vec::new());
        for item in distinct {
            match item {
                CheckpointItem::At(key) => keys.push(key.attributes()),
                CheckpointItem::Newest { pk, prefix } => newest.push(async move {
                    let found = self.newest(pk, prefix).await?;
                    Ok::<_, ReadError>((item.clone(), found.unwrap_or_default()))
                }),
            }
        }
        let mut found: HashMap<CheckpointItem, StreamVersion> =
            stream::iter(newest).buffer_unordered(CONCURRENCY).try_collect().await?;
        for item in self.at(&keys).await? {
            let version = StreamVersion::new(Item(&item).number(VERSION)?);
            found.insert(ItemKey::from_item(&item)?.into(), self.on_timeline(&item, version));
        }
        Ok(items.iter().map(|item| found.get(item).copied().unwrap_or_default()).collect())
    }

    /// The `version` of `item`; 0 if the item is on another timeline.
    fn on_timeline(&self, item: &AttributeMap, version: StreamVersion) -> StreamVersion {
        if self.table.is_on_another_timeline(item) { StreamVersion::NONE } else { version }
    }

    #[tracing::instrument(name = "read_store.checkpoints", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn at(&self, keys: &[AttributeMap]) -> Result<Vec<AttributeMap>, ReadError> {
        Ok(self.table.call().get_items(keys, &checkpoint_read()).await?)
    }

    async fn newest(&self, pk: &str, prefix: &str) -> Result<Option<StreamVersion>, ReadError> {
        let item = newest_checkpoint(&self.table, pk, prefix, "operator").await?;
        item.map(|item| Ok(self.on_timeline(&item, version_of_newest(&item, prefix)?))).transpose()
    }
}

/// A consistent read of the keys, versions and timelines of checkpoints. The caller adds the keys.
#[must_use]
pub fn checkpoint_read() -> KeysAndAttributesBuilder {
    KeysAndAttributes::builder()
        .projection_expression("#pk, #sk, #version, #timeline")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_names("#version", VERSION)
        .expression_attribute_names("#timeline", TIMELINE)
        .consistent_read(true)
}

/// The key, version and timeline of the item of the partition `pk` with the greatest of the sort keys that begin with
/// `prefix`; `None` if there is no such item. The read is consistent. `side` is the side of the caller, for the span.
///
/// # Errors
/// [`DynamoError`]. Its variants name the causes.
#[tracing::instrument(name = "read_store.newest", skip_all, fields(
    otel.kind = "client", cqrs.side = side, db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
pub async fn newest_checkpoint(
    table: &Table,
    pk: &str,
    prefix: &str,
    side: &'static str,
) -> Result<Option<AttributeMap>, DynamoError> {
    let query = table
        .query()
        .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
        .projection_expression("#sk, #version, #timeline")
        .expression_attribute_names("#pk", PK)
        .expression_attribute_names("#sk", SK)
        .expression_attribute_names("#version", VERSION)
        .expression_attribute_names("#timeline", TIMELINE)
        .expression_attribute_values(":pk", text(pk))
        .expression_attribute_values(":prefix", text(prefix))
        .scan_index_forward(false)
        .consistent_read(true)
        .limit(1);
    Ok(table.call().send(query.send()).await?.items.unwrap_or_default().pop())
}
