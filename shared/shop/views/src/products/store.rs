//! The views of products in the query table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use tracing::field::Empty;

use super::list;
use crate::keys::{self, PK, SK, VIEW};
use crate::write::{self, Update};
use crate::{PageLimit, ProductChange, ProductCursor, ProductPage, ProductView, ReadError, capacity};

/// The views of all products in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoProductViews {
    pub(super) client: Client,
    pub(super) table: String,
}

impl DynamoProductViews {
    /// The views in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The view of the product in `stream`; `None` where there is none, or none yet. One `GetItem`, half a read unit.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    #[tracing::instrument(name = "read_store.get", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "GetItem",
        db.collection.name = self.table, cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    pub async fn get(&self, stream: &StreamId) -> Result<Option<ProductView>, ReadError> {
        let get = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PK, AttributeValue::S(keys::product_pk(stream.uuid())))
            .key(SK, AttributeValue::S(VIEW.to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        // Boxed: the SDK's futures are kilobytes of state, nested too deep for the compiler to lay out in place.
        let answer = Box::pin(get.send()).await?;
        capacity::record(&self.table, answer.consumed_capacity());
        answer.item().map_or(Ok(None), ProductView::of)
    }

    /// A page of all products, in the order of their ids: the first page, or the one behind `cursor`. One `Query`.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn list(
        &self,
        limit: PageLimit,
        cursor: Option<&ProductCursor>,
    ) -> Result<ProductPage, ReadError> {
        list::list(self, limit, cursor).await
    }
}

impl ViewWriter<ProductChange> for DynamoProductViews {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &ProductChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let (pk, sk, attributes) = (keys::product_pk(stream.uuid()), VIEW.to_owned(), change.attributes()?);
        write::apply(&self.client, &self.table, Update { pk, sk, attributes, after, to }).await
    }
}
