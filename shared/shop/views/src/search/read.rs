//! Searches orders: the conditions, the choice of the partitions to read, and the reading in pages.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::slice::from_ref;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{MAX_GET_BATCH, PK, SK, Table, item_bytes};
use es_core::Timestamp;
use futures::future::try_join_all;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{
    Cursor, FilterDigest, KeyRange, ListError, Measured, MergedReading, PageLimit, Piece, Position,
    Positioned, ReadError, SortedPartition, Unread, filter_digest,
};

use super::intersection::{Intersection, NextRead, POSTINGS_PER_HALF_UNIT, PostingsRead, TermPostings};
use super::postings::{Posting, unread_behind};
use super::words::{PREFIX, prefix};
use super::{IndexedWords, SearchTerms, word_key};
use crate::budget::ReadBudget;
use crate::orders::{
    DynamoOrderViews, OrderPage, OrderScope, OrderView, partition_query, partitions, view_key_of,
};

/// The maximum number of rounds of requests for one page.
const MAX_ROUNDS: u32 = 10;

/// The conditions of a search. An order must meet all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFilter {
    /// The terms, each of which must match a word of the order.
    pub terms: SearchTerms,
    /// All statuses of orders. A term may be a status or the beginning of one.
    pub statuses: Vec<String>,
    /// If given, only orders of this user.
    pub user_id: Option<String>,
    /// If given, only orders with this status.
    pub status: Option<String>,
    /// If given, only orders in this currency: an ISO 4217 code. A minimum or maximum total is meaningless without it.
    pub currency: Option<String>,
    /// The minimum total, in minor units of the currency.
    pub min_total: Option<i64>,
    /// The maximum total, in minor units of the currency.
    pub max_total: Option<i64>,
    /// Only orders that were opened at this time or later.
    pub from: Option<Timestamp>,
    /// Only orders that were opened before this time.
    pub to: Option<Timestamp>,
}

impl SearchFilter {
    /// A search for `terms` without other conditions. `statuses` are all statuses of orders.
    #[must_use]
    pub const fn new(terms: SearchTerms, statuses: Vec<String>) -> Self {
        Self {
            terms,
            statuses,
            user_id: None,
            status: None,
            currency: None,
            min_total: None,
            max_total: None,
            from: None,
            to: None,
        }
    }

    /// Whether the order of `view` meets all conditions. The requests have only read orders of the time range.
    fn finds(&self, view: &OrderView) -> bool {
        let is = |wanted: &Option<String>, found| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user_id, &view.user_id)
            && is(&self.status, &view.status)
            && is(&self.currency, &view.currency)
            && self.min_total.is_none_or(|least| view.total_amount_cents >= least)
            && self.max_total.is_none_or(|most| view.total_amount_cents <= most)
            && self.terms.find(&IndexedWords::from_view(view))
    }

    /// A digest of all conditions. It differs from the digest of every other search and of every list.
    fn digest(&self) -> FilterDigest {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let others = [number(self.min_total), number(self.max_total), time(self.from), time(self.to)];
        let texts =
            [Some("search"), self.user_id.as_deref(), self.status.as_deref(), self.currency.as_deref()];
        let parts = texts.into_iter().chain(others.iter().map(Option::as_deref));
        filter_digest(parts.chain(self.terms.iter().map(Some)))
    }
}

/// A page of the orders that match `filter`, newest first: the first page, or the page after `cursor`.
///
/// The search finds candidates in one of three ways and checks all conditions on their views:
/// - With a user, the candidates are the user's orders.
/// - Otherwise the candidates are the orders that have a posting for each term of three or more characters that matches
///   no status. Only such a term has a posting for every order that it matches. See [`Intersection`].
/// - If every long term matches a status, the candidates are the orders in the statuses that the longest term matches,
///   and those with a posting for the term. If every term is shorter, they are all orders, or all orders with the
///   filter's status.
///
/// Two projections write the index and the views, so an order is found once both have processed it.
///
/// A page may have fewer orders than `limit`, or even none, although more orders follow. Only a missing
/// [`OrderPage::next`] marks the end. In a search that reads the orders of a status, an order whose status changes
/// between two pages may appear twice or not at all.
///
/// # Costs
/// A page of up to 20 orders takes at most 15 read units if the views are smaller than 1 KB. A larger page takes half a
/// unit for each order and 5 units. A view that is read by its key takes half a unit, and so do 40 postings of ordinary
/// words. A search for one term whose candidates all match takes a `Query` and a `BatchGetItem`.
///
/// # Errors
/// [`ListError`] if the cursor belongs to another search, the table cannot be read, or an item is corrupt.
pub async fn search_orders(
    views: &DynamoOrderViews,
    filter: &SearchFilter,
    limit: PageLimit,
    cursor: Option<&Cursor>,
) -> Result<OrderPage, ListError> {
    let digest = filter.digest();
    let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
    let terms = intersected_terms(filter);
    let (orders, next) = if terms.is_empty() {
        from_sources(&views.table, filter, limit, start).await?
    } else {
        from_postings(&views.table, filter, Intersection::new(terms), limit, start).await?
    };
    Ok(OrderPage { orders, next: next.map(|position| Cursor::new(position, digest)) })
}

/// The terms whose postings are intersected: none for a search within one user's orders, and otherwise the terms that
/// have a posting for every order that they match.
fn intersected_terms(filter: &SearchFilter) -> Vec<TermPostings<'_>> {
    if filter.user_id.is_some() {
        return Vec::new();
    }
    let long = long_terms(filter).filter(|(_, statuses)| statuses.is_empty());
    long.map(|(term, _)| TermPostings::unread(term, postings_of(term))).collect()
}

/// A page of the orders whose postings have all terms, and the position after which the next page starts.
async fn from_postings(
    table: &Table,
    filter: &SearchFilter,
    mut found: Intersection<'_>,
    limit: PageLimit,
    start: Option<Position>,
) -> Result<(Vec<OrderView>, Option<Position>), ReadError> {
    let wanted = usize::from(limit.get());
    let budget = ReadBudget::for_page(wanted);
    let mut matches: Vec<Measured<OrderView>> = Vec::new();
    let mut next = NextRead::Postings(found.first_read(2 * wanted.max(POSTINGS_PER_HALF_UNIT)));
    for round in 0..MAX_ROUNDS {
        match next {
            NextRead::Postings(reads) => {
                let reads = reads.into_iter().filter_map(|read| Some((found.terms.get(read.term)?, read)));
                let pages = reads.map(async |(term, read)| {
                    let page = PostingsPage::read(table, term, filter, start, read).await?;
                    Ok::<_, ReadError>((read.term, page))
                });
                for (term, page) in try_join_all(pages).await? {
                    budget.spend(page.half_units);
                    if let Some(term) = found.terms.get_mut(term) {
                        term.take(&page.postings, page.unread);
                    }
                }
            }
            NextRead::Views(positions) => {
                budget.spend(positions.len());
                let mut views = views_at(table, &positions).await?;
                views.retain(|view| filter.finds(&view.entry));
                views.sort_by_key(|view| Reverse(view.entry.position()));
                matches.extend(views);
                positions.last().into_iter().for_each(|last| found.settle(*last));
            }
            NextRead::Nothing => break,
        }
        next = found.next(round, wanted - matches.len(), budget.left());
    }
    let (orders, is_cut) = limit.cut(matches);
    let next = if is_cut { orders.last().map(Positioned::position) } else { found.rest() };
    Ok((orders, next))
}

/// A page from the sources of a search whose terms have no postings for every order.
async fn from_sources(
    table: &Table,
    filter: &SearchFilter,
    limit: PageLimit,
    start: Option<Position>,
) -> Result<(Vec<OrderView>, Option<Position>), ReadError> {
    let sources = sources(filter);
    let lookups = sources.iter().filter(|source| matches!(source, Source::Postings { .. })).count();
    let (from, to, wanted) = (filter.from, filter.to, usize::from(limit.get()));
    let reading = MergedReading { sources, from, to, start, wanted };
    let budget = ReadBudget::for_page(wanted);
    let size = |round, sources: usize| {
        let desired = if round == 0 { 2 * wanted } else { MAX_GET_BATCH };
        let desired = desired.min(MAX_GET_BATCH).div_ceil(sources);
        let lookups = lookups.min(sources);
        budget.size(round, (sources - lookups, lookups), desired)
    };
    let read = async |source: &Source, range: &KeyRange, size| {
        let mut piece = candidates(table, source, filter, range, size).await?;
        piece.entries.retain(|view| filter.finds(&view.entry));
        Ok(piece)
    };
    reading.page(limit, size, read).await
}

/// Reads up to `limit` orders of `range` from `source`, newest first.
async fn candidates(
    table: &Table,
    source: &Source,
    filter: &SearchFilter,
    range: &KeyRange,
    limit: usize,
) -> Result<Piece<OrderView>, ReadError> {
    match source {
        Source::Views(partition) => {
            let status = filter.user_id.as_ref().and(filter.status.as_deref());
            partition_query(table, partition, status, range, limit).await
        }
        Source::Postings { partition, term } => {
            let PostingsPage { postings, unread, .. } =
                PostingsPage::query(table, partition, range, limit).await?;
            let has_term = postings.iter().filter(|posting| posting.may_have(term));
            let positions: Vec<_> = has_term.map(|posting| posting.position).collect();
            Ok(Piece { entries: views_at(table, &positions).await?, unread })
        }
    }
}

/// The answer to one request for postings.
#[derive(Debug)]
struct PostingsPage {
    /// The postings, newest first.
    postings: Vec<Posting>,
    unread: Unread,
    /// The half read units of the request.
    half_units: usize,
}

impl PostingsPage {
    /// Reads postings of `term` as `wanted` says, in the time range of `filter` after `start`.
    async fn read(
        table: &Table,
        term: &TermPostings<'_>,
        filter: &SearchFilter,
        start: Option<Position>,
        wanted: PostingsRead,
    ) -> Result<Self, ReadError> {
        let nothing = Self { postings: Vec::new(), unread: Unread::Nothing, half_units: 0 };
        let Some(mut range) = KeyRange::new(filter.from, filter.to, term.unread.behind().or(start)) else {
            return Ok(nothing);
        };
        if let Some(down_to) = wanted.down_to {
            range.low = down_to.to_string();
        }
        let page = Self::query(table, &term.partition, &range, wanted.limit).await?;
        let unread = match (page.unread, wanted.down_to) {
            (Unread::Nothing, Some(down_to)) => Unread::Behind(down_to),
            (unread, _) => unread,
        };
        Ok(Self { unread, ..page })
    }

    /// Reads up to `limit` postings of `range` from `partition`, newest first.
    #[tracing::instrument(name = "read_store.postings", skip_all, fields(
        otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn query(
        table: &Table,
        partition: &SortedPartition,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Self, ReadError> {
        let query = partition.query(table, range, limit);
        let answer = table.call().send(query.send()).await?;
        let postings = answer.items().iter().map(Posting::from_item).collect::<Result<Vec<_>, _>>()?;
        let bytes: usize = answer.items().iter().map(item_bytes).sum();
        let unread = unread_behind(answer.last_evaluated_key())?;
        Ok(Self { postings, unread, half_units: bytes.div_ceil(4_096).max(1) })
    }
}

/// Reads the views of the orders at `positions`. An order without a view is left out.
///
/// A position whose time is not the order's is left out too. An order has such a position if it was indexed under a
/// wrong time before, for example by another version of the code. Its right position is in the same partition, so a
/// search returns the order once, at its place in the sequence, also if the two positions are on different pages.
#[tracing::instrument(name = "read_store.batch_get", skip_all, fields(
    otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn views_at(table: &Table, positions: &[Position]) -> Result<Vec<Measured<OrderView>>, ReadError> {
    let orders: BTreeSet<Uuid> = positions.iter().map(|position| position.id).collect();
    let keys: Vec<_> = orders.into_iter().map(|order| view_key_of(order).attributes()).collect();
    let items = table.call().get_items(&keys, &KeysAndAttributes::builder()).await?;
    let mut views: Vec<Measured<OrderView>> = Measured::views(&items)?;
    views.retain(|view| positions.contains(&view.entry.position()));
    Ok(views)
}

/// A sorted partition from which a search reads candidates.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// A partition of an index over the views.
    Views(SortedPartition),
    /// The postings of words with the same prefix as `term`.
    Postings {
        /// The partition.
        partition: SortedPartition,
        /// The term.
        term: String,
    },
}

/// The sources of a search that intersects no postings. Each order that can match is in at least one of them.
///
/// A search within one user's orders reads the user's partition, which contains no other orders. Otherwise every long
/// term matches a status. The search then reads the orders in the statuses of the longest term, and also its postings,
/// because the term may be a product's word too. Without a long term, the search reads the orders in all statuses.
fn sources(filter: &SearchFilter) -> Vec<Source> {
    let views = |scope: OrderScope| partitions(&scope).0.into_iter().map(Source::Views);
    if let Some(user_id) = filter.user_id.clone() {
        return views(OrderScope::User { user_id, status: None }).collect();
    }
    let Some((term, matched)) = long_terms(filter).max_by_key(|(term, _)| term.chars().count()) else {
        return views(OrderScope::Statuses(wanted_statuses(filter).to_vec())).collect();
    };
    let postings = Source::Postings { partition: postings_of(term), term: term.to_owned() };
    views(OrderScope::Statuses(matched)).chain([postings]).collect()
}

/// The statuses that an order may have.
fn wanted_statuses(filter: &SearchFilter) -> &[String] {
    filter.status.as_ref().map_or(&filter.statuses[..], from_ref)
}

/// The terms with at least [`PREFIX`] characters, each with the statuses that it matches. The postings of a shorter term
/// are spread over all longer prefixes.
fn long_terms(filter: &SearchFilter) -> impl Iterator<Item = (&str, Vec<String>)> {
    let long = filter.terms.iter().filter(|term| term.chars().count() >= PREFIX);
    long.map(|term| (term, matching(term, wanted_statuses(filter))))
}

/// The partition with the postings of `term`.
fn postings_of(term: &str) -> SortedPartition {
    let key = word_key(&prefix(term));
    SortedPartition { index: None, partition_attribute: PK, sort_attribute: SK, key }
}

/// The `statuses` that `term` matches, whole or by their beginning.
fn matching(term: &str, statuses: &[String]) -> Vec<String> {
    let matches = |status: &&String| IndexedWords::from_status(status).are_found_by(term);
    statuses.iter().filter(matches).cloned().collect()
}
