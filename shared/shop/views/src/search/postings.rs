//! Writes postings.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamo::{DynamoError, MAX_WRITE_BATCH, Table};
use es_core::{StreamId, Timestamp, WriteError};
use futures::future::try_join_all;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{ItemKey, Position};

use super::{IndexedWords, word_key};
use crate::orders::stream_of;

/// The postings of all orders, and their checkpoints, in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoPostings {
    pub(super) table: Table,
}

/// The order of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedOrder {
    /// The order's id.
    pub order: Uuid,
    /// When the order was opened.
    pub created_at: Timestamp,
}

impl DynamoPostings {
    /// The postings in `table`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }

    /// Adds postings for `words` of `order`. Without words, no request is sent. Existing postings stay.
    ///
    /// # Errors
    /// [`WriteError`] if the table refuses a write or is unavailable. Some postings may have been written then; the
    /// caller may write all of them again.
    pub async fn put(&self, order: PostedOrder, words: &IndexedWords) -> Result<(), WriteError> {
        let requests = words.prefixes().into_iter().map(|prefix| posting(order, &prefix));
        let requests: Vec<WriteRequest> = requests.collect::<Result<_, _>>()?;
        let stream = stream_of(order.order);
        let batches = requests.chunks(MAX_WRITE_BATCH).map(|batch| self.write(&stream, batch.to_vec()));
        try_join_all(batches).await?;
        Ok(())
    }

    #[tracing::instrument(name = "read_store.index", skip_all, fields(
        otel.kind = "client", cqrs.side = "projection", db.system.name = "aws.dynamodb", db.operation.name = "BatchWriteItem",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn write(&self, stream: &StreamId, batch: Vec<WriteRequest>) -> Result<(), WriteError> {
        Ok(self.table.call().write_items(batch).await?)
    }
}

fn posting(order: PostedOrder, prefix: &str) -> Result<WriteRequest, DynamoError> {
    let position = Position { time: order.created_at, id: order.order };
    let item = ItemKey::new(word_key(prefix), position.to_string()).attributes();
    let put = PutRequest::builder().set_item(Some(item)).build()?;
    Ok(WriteRequest::builder().put_request(put).build())
}
