//! Checkpoints of views of any kind.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{Item, PK, SK, TIMELINE, Table};
use es_core::StreamVersion;
use tracing::field::Empty;

use crate::{ItemKey, QueryTable, ReadError, VERSION};

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

    /// The checkpoints under `keys`, in the order of `keys`. Version 0 for a key without an item, and for the checkpoint
    /// of a view that is made from another event table than the table's views.
    ///
    /// The read is consistent: it includes every write that was acknowledged before. It sends one `BatchGetItem` for
    /// each hundred keys. A checkpoint costs one read unit if its item is smaller than 4 KB.
    ///
    /// # Errors
    /// [`ReadError`]. Its variants name the causes.
    #[tracing::instrument(name = "read_store.checkpoints", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn versions(&self, keys: &[ItemKey]) -> Result<Vec<StreamVersion>, ReadError> {
        let distinct: BTreeSet<&ItemKey> = keys.iter().collect();
        let distinct: Vec<_> = distinct.into_iter().map(ItemKey::attributes).collect();
        let options = KeysAndAttributes::builder()
            .projection_expression("#pk, #sk, #version, #timeline")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_names("#version", VERSION)
            .expression_attribute_names("#timeline", TIMELINE)
            .consistent_read(true);
        let mut found = HashMap::new();
        for item in self.table.call().get_items(&distinct, &options).await? {
            let version = StreamVersion::new(Item(&item).number(VERSION)?);
            if !self.table.is_on_another_timeline(&item) {
                found.insert(ItemKey::from_item(&item)?, version);
            }
        }
        Ok(keys.iter().map(|key| found.get(key).copied().unwrap_or(StreamVersion::NONE)).collect())
    }
}
