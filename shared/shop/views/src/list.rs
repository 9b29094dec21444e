//! Lists: pages of orders, newest first.

use crate::partition::partitions;
use crate::query::query;
use crate::reading::Reading;
use crate::{Cursor, DynamoOrderViews, ListError, OrderFilter, OrderView, PageLimit};

/// How many orders one request reads where those of another status are left out.
const FILTERED: usize = 100;

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its orders, newest first.
    pub orders: Vec<OrderView>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}

/// The page of the orders that `filter` asks for behind `cursor`.
pub(crate) async fn list(
    views: &DynamoOrderViews,
    filter: &OrderFilter,
    limit: PageLimit,
    cursor: Option<&Cursor>,
) -> Result<Page, ListError> {
    let digest = filter.digest();
    let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
    let sources = partitions(&filter.scope);
    let limit = usize::from(limit.get());
    // One more than the page has, to know whether another follows.
    let reading = Reading { sources, from: filter.from, to: filter.to, start, wanted: limit + 1 };
    let is_filtered = reading.sources.iter().any(|partition| partition.status.is_some());
    let size = |round, partitions| {
        if is_filtered { FILTERED } else { request_size(round, reading.wanted, partitions) }
    };
    let read = async |partition: &_, range: &_, size| query(views, partition, range, size).await;
    let (orders, next) = reading.merged(size, read).await?.page(limit);
    Ok(Page { orders, next: next.map(|position| Cursor::new(position, digest)) })
}

/// How many orders to ask each of so many partitions for, of which `wanted` are wanted. Where they are spread over
/// several, the first round asks each for twice its share.
fn request_size(round: u32, wanted: usize, partitions: usize) -> usize {
    if round == 0 && partitions > 1 { 2 * wanted.div_ceil(partitions) } else { wanted }
}
