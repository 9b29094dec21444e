//! Lists: pages of orders, newest first.

use dynamo::{Table, text};
use es_core::Timestamp;
use tracing::field::Empty;
use view_store::{
    Cursor, FilterDigest, KeyRange, ListError, MergedReading, PageLimit, Piece, ReadError, SortedPartition,
    View, filter_digest,
};

use super::keys::{BY_STATUS, BY_USER, ORDER_KEY, STATUS_KEY, STATUS_SHARDS, USER_KEY, status_key, user_key};
use super::{DynamoOrderViews, OrderView};

/// How many orders one request reads if it leaves out those of other statuses.
const FILTERED: usize = 100;

/// Which orders to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFilter {
    /// One user's orders, or the orders in some statuses.
    pub scope: Scope,
    /// Opened at this time or later.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
}

/// One user's orders, or the orders in some statuses. The scope alone decides which partitions are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One user's orders.
    User {
        /// The user.
        user_id: String,
        /// Only orders with this status, if there is one.
        status: Option<String>,
    },
    /// All users' orders in any of these statuses; with every status there is, all orders.
    Statuses(Vec<String>),
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPage {
    /// The page's orders, newest first.
    pub orders: Vec<OrderView>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}

/// A page of the orders that `filter` asks for, newest first: the first page, or the one behind `cursor`.
///
/// A page can be shorter than `limit` and still not be the last: only the absence of [`OrderPage::next`] tells the
/// end. An order that changes its status between two pages of a list by status can come twice or not at all.
///
/// # Costs
/// One user's orders are one `Query`; with a status too, up to 8 of them that read 100 orders each. A status
/// is [`STATUS_SHARDS`] concurrent ones, and each further status as many more: a list of every order there is, the
/// operator's, takes 16 where a user's takes 1. If the newest orders are not spread evenly, a second round of
/// requests follows.
///
/// # Errors
/// [`ListError`], case by case.
pub async fn list_orders(
    views: &DynamoOrderViews,
    filter: &OrderFilter,
    limit: PageLimit,
    cursor: Option<&Cursor>,
) -> Result<OrderPage, ListError> {
    let digest = filter.digest();
    let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
    let (sources, status) = partitions(&filter.scope);
    let limit = usize::from(limit.get());
    // One more than the page has, to know whether another follows.
    let reading = MergedReading { sources, from: filter.from, to: filter.to, start, wanted: limit + 1 };
    let size = |round, partitions| {
        if status.is_some() { FILTERED } else { request_size(round, reading.wanted, partitions) }
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
            Scope::User { user_id, status } => {
                let scope = [Some("user"), Some(user_id.as_str()), status.as_deref()];
                filter_digest(scope.into_iter().chain(times))
            }
            Scope::Statuses(statuses) => {
                let statuses = statuses.iter().map(|status| Some(status.as_str()));
                filter_digest(std::iter::once(Some("statuses")).chain(statuses).chain(times))
            }
        }
    }
}

/// How many orders to ask each of `partitions` partitions for, if `wanted` are wanted of all together. If they are
/// spread over several, the first round asks each for twice its share.
const fn request_size(round: u32, wanted: usize, partitions: usize) -> usize {
    if round == 0 && partitions > 1 { 2 * wanted.div_ceil(partitions) } else { wanted }
}

/// The partitions that hold what `scope` asks for, each order in one of them. Only orders with the status, if there is
/// one, are meant.
pub(crate) fn partitions(scope: &Scope) -> (Vec<SortedPartition>, Option<&str>) {
    let partition = |index, partition_attribute, key| SortedPartition {
        index: Some(index),
        partition_attribute,
        sort_attribute: ORDER_KEY,
        key,
    };
    match scope {
        Scope::User { user_id, status } => {
            (vec![partition(BY_USER, USER_KEY, user_key(user_id))], status.as_deref())
        }
        Scope::Statuses(statuses) => {
            let shards = |status| (0..STATUS_SHARDS).map(move |shard| status_key(status, shard));
            let mut keys: Vec<_> = statuses.iter().flat_map(|status| shards(status)).collect();
            keys.sort();
            keys.dedup();
            (keys.into_iter().map(|key| partition(BY_STATUS, STATUS_KEY, key)).collect(), None)
        }
    }
}

/// A piece of `partition`: up to `limit` orders of `range`, newest first. There are fewer if they have more than 1 MB
/// together, or if some do not have `status`.
#[tracing::instrument(name = "read_store.query", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
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
    let orders = answer.items().iter().filter_map(|item| OrderView::from_item(item).transpose());
    let unread = partition.unread(answer.last_evaluated_key())?;
    Ok(Piece { entries: orders.collect::<Result<_, _>>()?, unread })
}
