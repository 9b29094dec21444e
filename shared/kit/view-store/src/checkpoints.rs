//! How far views are, whichever they are.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{Item, PK, SK, Table};
use es_core::StreamVersion;
use tracing::field::Empty;

use crate::{ItemKey, ReadError, VERSION};

/// The checkpoints of all views in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoCheckpoints {
    table: Table,
}

impl DynamoCheckpoints {
    /// The checkpoints in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// The versions that the checkpoints under `keys` are at, in the order of `keys`; version 0 if there is none.
    /// Consistent: it sees every write that was acknowledged before. One `BatchGetItem` for each hundred, one read unit
    /// for each checkpoint whose item is below 4 KB.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    #[tracing::instrument(name = "read_store.checkpoints", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn versions(&self, keys: &[ItemKey]) -> Result<Vec<StreamVersion>, ReadError> {
        let distinct: BTreeSet<&ItemKey> = keys.iter().collect();
        let distinct: Vec<_> = distinct.into_iter().map(ItemKey::attributes).collect();
        let options = KeysAndAttributes::builder()
            .projection_expression("#pk, #sk, #version")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_names("#version", VERSION)
            .consistent_read(true);
        let mut found = HashMap::new();
        for item in self.table.call().get_items(&distinct, &options).await? {
            let version = StreamVersion::new(Item(&item).number(VERSION)?);
            found.insert(ItemKey::from_item(&item)?, version);
        }
        Ok(keys.iter().map(|key| found.get(key).copied().unwrap_or(StreamVersion::NONE)).collect())
    }
}
