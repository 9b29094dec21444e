//! Searches: pages of the orders found, newest first.

use super::SearchFilter;
use super::candidates::read;
use super::sources::{Source, sources};
use super::views::MOST;
use crate::partition::KeyRange;
use crate::reading::Reading;
use crate::{Cursor, DynamoOrderViews, ListError, Page, PageLimit};

impl DynamoOrderViews {
    /// A page of the orders that `filter` finds, newest first: the first page, or the one behind `cursor`.
    ///
    /// It looks through the postings of the longest term that means no status, or through the orders of the one user
    /// whose they must be, and checks everything else on the views. Where every term means a status, it looks through
    /// the orders in that status and the postings of the term. The index and the views are written by projections of
    /// their own: an order is found once both have seen it.
    ///
    /// A page can be shorter than `limit` and still not be the last, even empty: only the absence of [`Page::next`]
    /// tells the end.
    ///
    /// # Costs
    /// Up to 8 rounds, each a `Query` for postings and a `BatchGetItem` for their views, or one `Query` for a user's
    /// orders, or, concurrently, the former and [`STATUS_SHARDS`](crate::STATUS_SHARDS) `Query` for a status: in the
    /// first round for twice as many orders as the page has, and then for 100 at a time. A view is half a read unit. So
    /// a page takes up to 400 read units, and some 20 where everything that is looked at is meant.
    ///
    /// # Errors
    /// [`ListError`], case by case.
    pub async fn search(
        &self,
        filter: &SearchFilter,
        limit: PageLimit,
        cursor: Option<&Cursor>,
    ) -> Result<Page, ListError> {
        let digest = filter.digest();
        let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
        let limit = usize::from(limit.get());
        let (from, to) = (filter.from, filter.to);
        let reading = Reading { sources: sources(filter), from, to, start, wanted: limit };
        let size = |round, sources| {
            let all = if round == 0 { 2 * limit } else { MOST };
            all.min(MOST).div_ceil(sources)
        };
        let found = async |source: &Source, range: &KeyRange, size| {
            let mut piece = read(self, source, range, size).await?;
            piece.orders.retain(|view| filter.finds(view));
            Ok(piece)
        };
        let (orders, next) = reading.merged(size, found).await?.page(limit);
        Ok(Page { orders, next: next.map(|position| Cursor::new(position, digest)) })
    }
}
