//! The query table: a client and the table's name, with what can be asked of them.

use aws_sdk_dynamodb::Client;
use es_core::{Applied, StreamId, StreamVersion, ViewWriter, WriteError};
use uuid::Uuid;

use crate::keys::{self, VIEW};
use crate::write::{self, Update};
use crate::{
    Cursor, ListError, OrderChange, OrderFilter, OrderView, Page, PageLimit, ReadError, list, query,
};

/// The views of all orders in one DynamoDB table.
///
/// It holds no state of its own: clones share the client's connections, and the client brings timeouts and retries.
#[derive(Debug, Clone)]
pub struct DynamoOrderViews {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl DynamoOrderViews {
    /// The views in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The view of `order`; `None` where there is none, or none yet. One `GetItem`, half a read unit.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn get(&self, order: Uuid) -> Result<Option<OrderView>, ReadError> {
        query::get(self, order).await
    }

    /// A page of the orders that `filter` asks for, newest first: the first page, or the one behind `cursor`.
    ///
    /// A page can be shorter than `limit` and still not be the last: only the absence of [`Page::next`] tells the
    /// end. An order that changes its status between two pages of a list by status can come twice or not at all.
    ///
    /// # Costs
    /// One user's orders are one `Query`; with a status too, up to 8 of them that read 100 orders each. A status
    /// is [`STATUS_SHARDS`](crate::STATUS_SHARDS) concurrent ones, and each further status as many more: so a list of
    /// every order there is, the operator's, takes 16 where a user's takes 1. Where the newest orders are not spread
    /// evenly, a second round of requests follows.
    ///
    /// # Errors
    /// [`ListError`], case by case.
    pub async fn list(
        &self,
        filter: &OrderFilter,
        limit: PageLimit,
        cursor: Option<&Cursor>,
    ) -> Result<Page, ListError> {
        list::list(self, filter, limit, cursor).await
    }
}

impl ViewWriter<OrderChange> for DynamoOrderViews {
    async fn apply(
        &self,
        stream: &StreamId,
        change: &OrderChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let order = stream.uuid();
        let (pk, sk, attributes) = (keys::pk(order), VIEW.to_owned(), change.attributes(order)?);
        write::apply(&self.client, &self.table, Update { pk, sk, attributes, after, to }).await
    }
}
