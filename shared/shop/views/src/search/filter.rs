//! Which orders to find.

use es_core::Timestamp;

use super::{IndexedWords, SearchTerms};
use crate::OrderView;
use crate::digest::{FilterDigest, digest};

/// Which orders to find. Every condition must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFilter {
    /// The words they have.
    pub terms: SearchTerms,
    /// Every status that an order can be in: a term can be one of them, or begin one.
    pub statuses: Vec<String>,
    /// Whose they are.
    pub user_id: Option<String>,
    /// The status they are in.
    pub status: Option<String>,
    /// The least sum, in minor units of whatever currency the order has.
    pub min_total: Option<i64>,
    /// The greatest sum, likewise.
    pub max_total: Option<i64>,
    /// Opened at this time or later.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
}

impl SearchFilter {
    /// The search for `terms` without any other condition, among orders that can be in these `statuses`.
    #[must_use]
    pub const fn new(terms: SearchTerms, statuses: Vec<String>) -> Self {
        Self {
            terms,
            statuses,
            user_id: None,
            status: None,
            min_total: None,
            max_total: None,
            from: None,
            to: None,
        }
    }

    pub(super) fn finds(&self, view: &OrderView) -> bool {
        let is = |wanted: &Option<String>, found| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user_id, &view.user_id)
            && is(&self.status, &view.status)
            && self.min_total.is_none_or(|least| view.total_amount_cents >= least)
            && self.max_total.is_none_or(|most| view.total_amount_cents <= most)
            && self.from.is_none_or(|from| view.created_at >= from)
            && self.to.is_none_or(|to| view.created_at < to)
            && self.terms.find(&IndexedWords::of_view(view))
    }

    /// What tells this search from any other, and from any list.
    pub(super) fn digest(&self) -> FilterDigest {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let others = [number(self.min_total), number(self.max_total), time(self.from), time(self.to)];
        let texts = [Some("search"), self.user_id.as_deref(), self.status.as_deref()];
        let parts = texts.into_iter().chain(others.iter().map(Option::as_deref));
        digest(parts.chain(self.terms.iter().map(Some)))
    }
}
