//! Lists orders in pages, newest first.

use dynamo::{Table, text};
use es_core::Timestamp;
use tracing::field::Empty;
use view_store::{
    Cursor, FilterDigest, KeyRange, ListError, Measured, MergedReading, PageLimit, Piece, ReadError,
    SortedPartition, filter_digest,
};

use super::keys::{BY_STATUS, BY_USER, ORDER_KEY, STATUS_KEY, STATUS_SHARDS, USER_KEY, status_key, user_key};
use super::{DynamoOrderViews, OrderView};
use crate::budget::ReadBudget;

/// How many orders one request reads if it filters the orders by status.
const FILTERED: usize = 100;

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFilter {
    /// One user's orders, or the orders in some statuses.
    pub scope: OrderScope,
    /// Only orders that were opened at this time or later.
    pub from: Option<Timestamp>,
    /// Only orders that were opened before this time.
    pub to: Option<Timestamp>,
}

/// Selects one user's orders or the orders in some statuses. Only the scope decides which partitions are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderScope {
    /// One user's orders.
    User {
        /// The user's id.
        user_id: String,
        /// If given, only orders with this status.
        status: Option<String>,
    },
    /// The orders of all users in any of these statuses.
    Statuses(Vec<String>),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The page's orders, newest first.
    pub orders: Vec<OrderView>,
    /// The cursor of the next page; `None` at the end of the list.
    pub next: Option<Cursor>,
}

/// A page of the orders that match `filter`, newest first: the first page, or the page after `cursor`.
///
/// A page may have fewer orders than `limit` although more orders follow, for example because its orders are large.
/// Only a missing [`OrderPage::next`] marks the end. In a list by status, an order whose status changes between two
/// pages may appear twice or not at all.
///
/// # Costs
/// A list of one user's orders costs one `Query`. With a status, it reads up to 120 orders for a page of 20, with up to
/// 100 in one `Query`. A list by status costs [`STATUS_SHARDS`] concurrent `Query` requests per status. If the newest
/// orders are unevenly distributed over the shards, further rounds of requests follow. A page of up to 20 orders takes
/// at most 15 read units if the views are smaller than 1 KB.
///
/// # Errors
/// [`ListError`] if the cursor belongs to another list, the table cannot be read, or an item is corrupt.
pub async fn list_orders(
    views: &DynamoOrderViews,
    filter: &OrderFilter,
    limit: PageLimit,
    cursor: Option<&Cursor>,
) -> Result<OrderPage, ListError> {
    let digest = filter.digest();
    let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
    let (sources, status) = partitions(&filter.scope);
    // Read one order more than the page has, to find out whether another page follows.
    let wanted = usize::from(limit.get()) + 1;
    let reading = MergedReading { sources, from: filter.from, to: filter.to, start, wanted };
    let budget = ReadBudget::for_page(limit.get().into());
    let size = |round, partitions| {
        let desired = if status.is_some() { FILTERED } else { request_size(round, wanted, partitions) };
        budget.size(round, (partitions, 0), desired)
    };
    let read = async |partition: &SortedPartition, range: &KeyRange, size| {
        partition_query(&views.table, partition, status, range, size).await
    };
    let (orders, next) = reading.page(limit, size, read).await?;
    Ok(OrderPage { orders, next: next.map(|position| Cursor::new(position, digest)) })
}

impl OrderFilter {
    fn digest(&self) -> FilterDigest {
        let times = [self.from, self.to].map(|time| time.map(|time| time.to_string()));
        let times = times.iter().map(Option::as_deref);
        match &self.scope {
            OrderScope::User { user_id, status } => {
                let scope = [Some("user"), Some(user_id.as_str()), status.as_deref()];
                filter_digest(scope.into_iter().chain(times))
            }
            OrderScope::Statuses(statuses) => {
                let statuses = statuses.iter().map(|status| Some(status.as_str()));
                filter_digest(std::iter::once(Some("statuses")).chain(statuses).chain(times))
            }
        }
    }
}

/// The number of orders to request from each of `partitions` partitions to get `wanted` orders in total. With several
/// partitions, the first round requests twice the average share, because the newest orders may be unevenly distributed.
const fn request_size(round: u32, wanted: usize, partitions: usize) -> usize {
    if round == 0 && partitions > 1 { 2 * wanted.div_ceil(partitions) } else { wanted }
}

/// The partitions with the orders of `scope`, and the status by which to filter them. Each order is in one partition.
pub(crate) fn partitions(scope: &OrderScope) -> (Vec<SortedPartition>, Option<&str>) {
    let partition = |index, partition_attribute, key| SortedPartition {
        index: Some(index),
        partition_attribute,
        sort_attribute: ORDER_KEY,
        key,
    };
    match scope {
        OrderScope::User { user_id, status } => {
            (vec![partition(BY_USER, USER_KEY, user_key(user_id))], status.as_deref())
        }
        OrderScope::Statuses(statuses) => {
            let shards = |status| (0..STATUS_SHARDS).map(move |shard| status_key(status, shard));
            let mut keys: Vec<_> = statuses.iter().flat_map(|status| shards(status)).collect();
            keys.sort();
            keys.dedup();
            (keys.into_iter().map(|key| partition(BY_STATUS, STATUS_KEY, key)).collect(), None)
        }
    }
}

/// Reads up to `limit` orders of `range` from `partition`, newest first. The result has fewer orders if they are larger
/// than 1 MB in total or if some do not have `status`.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), aws.dynamodb.index_name = partition.index,
    aws.dynamodb.consumed_capacity = Empty,
))]
pub(crate) async fn partition_query(
    table: &Table,
    partition: &SortedPartition,
    status: Option<&str>,
    range: &KeyRange,
    limit: usize,
) -> Result<Piece<OrderView>, ReadError> {
    let mut query = partition.query(table, range, limit);
    if let Some(status) = status {
        query = query
            .filter_expression("#status = :status")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", text(status));
    }
    let answer = table.call().send(query.send()).await?;
    let unread = partition.unread(answer.last_evaluated_key())?;
    Ok(Piece { entries: Measured::views(answer.items())?, unread })
}
