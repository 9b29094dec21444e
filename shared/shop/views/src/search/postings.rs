//! Writing postings.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, ReturnConsumedCapacity, WriteRequest};
use es_core::{Timestamp, WriteError};
use futures::future::try_join_all;
use tracing::field::Empty;
use uuid::Uuid;

use super::IndexedWords;
use crate::capacity;
use crate::error::not_written;
use crate::keys::{self, PK, SK};
use crate::pause::pause;

/// The most items of one `BatchWriteItem`.
///
/// Source: Amazon DynamoDB API Reference, `BatchWriteItem`.
const BATCH: usize = 25;

/// How often a batch is asked to write what it left unwritten, the first time included.
const MAX_TRIES: u32 = 6;

/// The postings of all orders in one DynamoDB table.
#[derive(Debug, Clone)]
pub struct DynamoPostings {
    client: Client,
    table: String,
}

/// The order that postings lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedOrder {
    /// Its id.
    pub order: Uuid,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl DynamoPostings {
    /// The postings in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Makes `order` found by `words`; no request where there are none. What was written before stays as it is.
    ///
    /// # Errors
    /// [`WriteError`], case by case. Some of the postings may be there then; all of them may be written again.
    pub async fn put(&self, order: PostedOrder, words: &IndexedWords) -> Result<(), WriteError> {
        let requests = words.prefixes().into_iter().map(|prefix| posting(order, &prefix));
        let requests: Vec<WriteRequest> = requests.collect::<Result<_, _>>()?;
        try_join_all(requests.chunks(BATCH).map(|batch| self.write(order.order, batch.to_vec()))).await?;
        Ok(())
    }

    #[tracing::instrument(name = "read_store.index", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchWriteItem",
        db.collection.name = self.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn write(&self, order: Uuid, mut batch: Vec<WriteRequest>) -> Result<(), WriteError> {
        for tries in 1..=MAX_TRIES {
            let write = self
                .client
                .batch_write_item()
                .request_items(&self.table, batch)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
            let answer = Box::pin(write.send()).await.map_err(not_written)?;
            capacity::record(&self.table, answer.consumed_capacity().first());
            let unprocessed = answer.unprocessed_items.unwrap_or_default().into_values().flatten();
            batch = unprocessed.collect();
            if batch.is_empty() {
                return Ok(());
            }
            if tries < MAX_TRIES {
                pause(tries).await;
            }
        }
        Err(WriteError::Throttled(format!("{} postings are still unwritten", batch.len()).into()))
    }
}

fn posting(order: PostedOrder, prefix: &str) -> Result<WriteRequest, WriteError> {
    let put = PutRequest::builder()
        .item(PK, AttributeValue::S(keys::word_key(prefix)))
        .item(SK, AttributeValue::S(keys::order_key(order.created_at, order.order)))
        .build()
        .map_err(|error| WriteError::Unavailable(error.into()))?;
    Ok(WriteRequest::builder().put_request(put).build())
}
