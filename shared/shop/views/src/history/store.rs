//! The histories of orders in the query table.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use futures::{StreamExt, TryStreamExt, stream};
use tracing::field::Empty;
use uuid::Uuid;

use super::{HistoryChange, HistoryCursor, HistoryPage, page};
use crate::error::not_written;
use crate::write::{self, Update};
use crate::{PageLimit, ReadError, capacity, keys};

/// How many events of one history are written at once.
const CONCURRENCY: usize = 8;

/// The histories of all orders in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoHistories {
    pub(super) client: Client,
    pub(super) table: String,
}

impl DynamoHistories {
    /// The histories in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// A page of the history of `order`, oldest first: the first page, or the one behind `cursor`; `None` where there is
    /// no history, or none yet. One `GetItem` and one `Query`, at the same time.
    ///
    /// A page can be shorter than `limit` and still not be the last: only the absence of [`HistoryPage::next`] tells
    /// the end.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn page(
        &self,
        order: Uuid,
        limit: PageLimit,
        cursor: Option<HistoryCursor>,
    ) -> Result<Option<HistoryPage>, ReadError> {
        page::page(self, order, limit, cursor).await
    }

    #[tracing::instrument(name = "read_store.put", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "PutItem",
        db.collection.name = self.table, cqrs.aggregate_id = keys::stream(&keys::pk(order)), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn put(&self, order: Uuid, item: HashMap<String, AttributeValue>) -> Result<(), WriteError> {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        let put = put.return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(put.send()).await.map_err(not_written)?;
        capacity::record(&self.table, answer.consumed_capacity());
        Ok(())
    }
}

impl ViewWriter<HistoryChange> for DynamoHistories {
    /// Writes the events first, whatever the checkpoint: they are the same whoever writes them.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &HistoryChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let order = stream.uuid();
        let items = change.events.iter().map(|event| event.item(order)).collect::<Result<Vec<_>, _>>()?;
        let puts = stream::iter(items).map(|item| self.put(order, item));
        puts.buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
        let owner = change.user_id.clone().map(|user| ("user_id", AttributeValue::S(user)));
        let (pk, sk) = (keys::pk(order), keys::HISTORY_CHECKPOINT.to_owned());
        let update = Update { pk, sk, attributes: owner.into_iter().collect(), after, to };
        write::apply(&self.client, &self.table, update).await
    }
}
