//! Where a search looks.

use std::slice::from_ref;

use super::words::prefix;
use super::{IndexedWords, SearchFilter};
use crate::filter::Scope;
use crate::partition::{Partition, partitions};

/// Orders, sorted, among which a search looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A partition of an index of the views.
    Views(Partition),
    /// The postings of the words that begin so.
    Postings(String),
}

/// The sources in which `filter` looks: each order that it can find is in one of them at least.
///
/// One user's orders are in a partition of their own, which no other user's orders make longer; the search for them
/// looks through it. Every other search is led by one term: the longest, which is the likeliest to be rare, of those
/// that mean no status. A status changes and a posting does not, so a term that means one leads only where all do: it
/// looks through the orders in that status and, for it may be a product's word too, through its postings.
pub(super) fn sources(filter: &SearchFilter) -> Vec<Source> {
    let views = |scope: Scope| partitions(&scope).into_iter().map(Source::Views);
    if let Some(user_id) = filter.user_id.clone() {
        return views(Scope::User { user_id, status: filter.status.clone() }).collect();
    }
    let statuses = filter.status.as_ref().map_or(&filter.statuses[..], from_ref);
    let leads = filter.terms.iter().map(|term| (term, meant(term, statuses)));
    let lead = leads.max_by_key(|(term, statuses)| (statuses.is_empty(), term.chars().count()));
    let of_term = |(term, statuses)| views(Scope::Statuses(statuses)).chain([Source::Postings(prefix(term))]);
    lead.into_iter().flat_map(of_term).collect()
}

/// Those of `statuses` that `term` is, or begins.
fn meant(term: &str, statuses: &[String]) -> Vec<String> {
    let is_meant = |status: &&String| IndexedWords::of_status(status).are_found_by(term);
    statuses.iter().filter(is_meant).cloned().collect()
}
