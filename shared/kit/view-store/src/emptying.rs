//! Deletes the items of a generation of the query table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};
use dynamo::{AttributeMap, DynamoError, MAX_WRITE_BATCH, PK, SK, Table};
use es_core::WriteError;
use tracing::field::Empty;

/// The maximum number of items of one page.
const PAGE: i32 = 100;

/// A table whose items are deleted.
#[derive(Debug, Clone)]
pub struct EmptiedTable {
    table: Table,
}

/// The result of one page of deletions.
#[derive(Debug, Clone, PartialEq)]
pub struct EmptiedPage {
    /// How many items were deleted.
    pub deleted: u64,
    /// The key after which the next page starts; `None` at the end of the table.
    pub next: Option<AttributeMap>,
}

impl EmptiedTable {
    /// The table `name`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { table: Table::new(client, name) }
    }

    /// Deletes up to 100 items after the key `after`. The reads are consistent, so the pages from the beginning to the end
    /// delete every item that was in the table before.
    ///
    /// # Errors
    /// [`WriteError`]. Its variants name the causes. Some of the items may have been deleted.
    #[tracing::instrument(name = "read_store.empty", skip_all, fields(
        otel.kind = "client", cqrs.side = "operator", db.system.name = "aws.dynamodb", db.operation.name = "BatchWriteItem",
        db.collection.name = self.table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn page(&self, after: Option<AttributeMap>) -> Result<EmptiedPage, WriteError> {
        let mut call = self.table.call();
        let scan = self
            .table
            .scan()
            .consistent_read(true)
            .limit(PAGE)
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .set_exclusive_start_key(after);
        let answer = call.send(scan.send()).await?;
        let keys = answer.items.unwrap_or_default();
        for batch in keys.chunks(MAX_WRITE_BATCH) {
            let deletions = batch.iter().map(|key| {
                let deletion = DeleteRequest::builder().set_key(Some(key.clone())).build();
                Ok(WriteRequest::builder().delete_request(deletion?).build())
            });
            call.write_items(deletions.collect::<Result<_, DynamoError>>()?).await?;
        }
        Ok(EmptiedPage { deleted: keys.len() as u64, next: answer.last_evaluated_key })
    }
}
