//! Lists: pages of orders, newest first.

use futures::future::try_join_all;

use crate::merge::{Merge, Piece};
use crate::partition::{KeyRange, Partition, partitions};
use crate::query::query;
use crate::{Cursor, DynamoOrderViews, ListError, OrderFilter, OrderView, PageLimit};

/// The most rounds of requests for one page. Without a filter on the status two are the rule; with one, a page that is
/// not full after so many ends there, and the caller asks for the next.
const MAX_ROUNDS: u32 = 8;

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
    let partitions = partitions(&filter.scope);
    let limit = usize::from(limit.get());
    let mut merge = Merge::new(partitions.len(), limit);
    for round in 0..MAX_ROUNDS {
        let wanting = merge.wanting();
        if wanting.is_empty() {
            break;
        }
        let reads =
            wanting.iter().filter_map(|(index, unread)| Some((*index, partitions.get(*index)?, *unread)));
        let pieces = reads.map(async |(index, partition, unread)| {
            let size = request_size(round, limit, partitions.len(), partition);
            let piece = match KeyRange::of(filter.from, filter.to, unread.behind().or(start)) {
                Some(range) => query(views, partition, &range, size).await?,
                None => Piece::END,
            };
            Ok::<_, ListError>((index, piece))
        });
        for (index, piece) in try_join_all(pieces).await? {
            merge.take(index, piece);
        }
    }
    let (orders, next) = merge.page();
    Ok(Page { orders, next: next.map(|position| Cursor::new(position, digest)) })
}

/// How many orders to ask a partition for: one more than the page has, to know whether another follows. Where a page
/// is spread over several partitions, the first round asks each for twice its share.
fn request_size(round: u32, limit: usize, partitions: usize, partition: &Partition) -> usize {
    if partition.status.is_some() {
        FILTERED
    } else if round == 0 && partitions > 1 {
        2 * (limit + 1).div_ceil(partitions)
    } else {
        limit + 1
    }
}
