//! Searches: pages of the orders found, newest first.

use super::SearchFilter;
use super::candidates::{Piece, piece};
use super::views::MOST;
use crate::partition::KeyRange;
use crate::{Cursor, DynamoOrderViews, ListError, Page, PageLimit};

/// The most rounds of requests for one page.
const MAX_ROUNDS: u32 = 8;

impl DynamoOrderViews {
    /// A page of the orders that `filter` finds, newest first: the first page, or the one behind `cursor`.
    ///
    /// It looks through the postings of the longest term, or through the orders of the one user whose they must be,
    /// and checks everything else on the views. The index and the views are written by projections of their own: an
    /// order is found once both have seen it.
    ///
    /// A page can be shorter than `limit` and still not be the last, even empty: only the absence of [`Page::next`]
    /// tells the end.
    ///
    /// # Costs
    /// Up to 8 rounds, each a `Query` for postings and a `BatchGetItem` for their views, or one `Query` for a user's
    /// orders: in the first round for twice as many as the page has, and then for 100 at a time. A view is half a read
    /// unit. So a page takes up to 400 read units, and some 20 where everything that is looked at is meant.
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
        let limit = usize::from(limit.get());
        let mut behind = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
        let mut orders = Vec::new();
        for round in 0..MAX_ROUNDS {
            let Some(range) = KeyRange::of(filter.from, filter.to, behind) else {
                return Ok(Page { orders, next: None });
            };
            let size = if round == 0 { 2 * limit } else { MOST };
            let Piece { orders: candidates, rest } = piece(self, filter, &range, size.min(MOST)).await?;
            orders.extend(candidates.into_iter().filter(|view| filter.finds(view)));
            behind = rest;
            if orders.len() > limit {
                orders.truncate(limit);
                behind = orders.last().map(crate::OrderView::position);
            }
            if behind.is_none() || orders.len() == limit {
                break;
            }
        }
        Ok(Page { orders, next: behind.map(|position| Cursor::new(position, digest)) })
    }
}
