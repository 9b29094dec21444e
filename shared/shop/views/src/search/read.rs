//! Reading: which orders a search finds, in the order in which it goes about it.

use std::slice::from_ref;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{MAX_GET_BATCH, PK, SK, Table};
use es_core::Timestamp;
use tracing::field::Empty;
use view_store::{
    Cursor, FilterDigest, KeyRange, ListError, MergedReading, PageLimit, Piece, Position, ReadError,
    SortedPartition, Unread, View, filter_digest,
};

use super::words::prefix;
use super::{IndexedWords, SearchTerms, word_key};
use crate::orders::{
    DynamoOrderViews, OrderPage, OrderView, Scope, partition_query, partitions, view_key_of,
};

/// Which orders to find. Every condition must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFilter {
    /// The words they have.
    pub terms: SearchTerms,
    /// Every status that an order can be in: a term can be one of them, or begin one.
    pub statuses: Vec<String>,
    /// The user whose they are.
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

    fn finds(&self, view: &OrderView) -> bool {
        let is = |wanted: &Option<String>, found| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user_id, &view.user_id)
            && is(&self.status, &view.status)
            && self.min_total.is_none_or(|least| view.total_amount_cents >= least)
            && self.max_total.is_none_or(|most| view.total_amount_cents <= most)
            && self.from.is_none_or(|from| view.created_at >= from)
            && self.to.is_none_or(|to| view.created_at < to)
            && self.terms.find(&IndexedWords::of_view(view))
    }

    /// The digest that tells this search from any other, and from any list.
    fn digest(&self) -> FilterDigest {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let others = [number(self.min_total), number(self.max_total), time(self.from), time(self.to)];
        let texts = [Some("search"), self.user_id.as_deref(), self.status.as_deref()];
        let parts = texts.into_iter().chain(others.iter().map(Option::as_deref));
        filter_digest(parts.chain(self.terms.iter().map(Some)))
    }
}

/// A page of the orders that `filter` finds, newest first: the first page, or the one behind `cursor`.
///
/// It looks through the postings of the longest term that means no status, or through the orders of the one user
/// whose they must be, and checks everything else on the views. If every term means a status, it looks through
/// the orders in that status and the postings of the term. The index and the views are written by projections of
/// their own: an order is found once both have seen it.
///
/// A page can be shorter than `limit` and still not be the last, even empty: only the absence of
/// [`OrderPage::next`] tells the end.
///
/// # Costs
/// Up to 8 rounds, each a `Query` for postings and a `BatchGetItem` for their views, or one `Query` for a user's
/// orders, or, concurrently, the former and [`STATUS_SHARDS`](crate::STATUS_SHARDS) `Query` for a status: in the
/// first round for twice as many orders as the page has, and then for 100 at a time. A view is half a read unit.
/// A page therefore takes up to 400 read units, and some 20 if everything that is looked at is meant.
///
/// # Errors
/// [`ListError`], case by case.
pub async fn search_orders(
    views: &DynamoOrderViews,
    filter: &SearchFilter,
    limit: PageLimit,
    cursor: Option<&Cursor>,
) -> Result<OrderPage, ListError> {
    let digest = filter.digest();
    let start = cursor.map(|cursor| cursor.position_in(digest)).transpose()?;
    let limit = usize::from(limit.get());
    let (from, to) = (filter.from, filter.to);
    let reading = MergedReading { sources: sources(filter), from, to, start, wanted: limit };
    let size = |round, sources| {
        let all = if round == 0 { 2 * limit } else { MAX_GET_BATCH };
        all.min(MAX_GET_BATCH).div_ceil(sources)
    };
    let read = async |source: &Source, range: &KeyRange, size| {
        let mut piece = candidates(&views.table, source, filter, range, size).await?;
        piece.entries.retain(|view| filter.finds(view));
        Ok(piece)
    };
    let (orders, next) = reading.page(limit, size, read).await?;
    Ok(OrderPage { orders, next: next.map(|position| Cursor::new(position, digest)) })
}

/// A piece of `source`: up to `limit` orders of `range`, newest first.
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
        Source::Postings(partition) => {
            let (positions, unread) = postings(table, partition, range, limit).await?;
            Ok(Piece { entries: views_at(table, &positions).await?, unread })
        }
    }
}

/// The positions of up to `limit` orders of `range` in `partition`, newest first, and what is left of them.
#[tracing::instrument(name = "read_store.postings", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn postings(
    table: &Table,
    partition: &SortedPartition,
    range: &KeyRange,
    limit: usize,
) -> Result<(Vec<Position>, Unread), ReadError> {
    let query = partition.query(table, range, limit);
    let answer = table.call().send(query.send()).await?;
    let positions = answer.items().iter().map(|item| partition.position(item));
    Ok((positions.collect::<Result<_, _>>()?, partition.unread(answer.last_evaluated_key())?))
}

/// The views of the orders at `positions`. An order that has no view yet is left out.
#[tracing::instrument(name = "read_store.batch_get", skip_all, fields(
    otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "BatchGetItem",
    db.collection.name = table.name(), aws.dynamodb.consumed_capacity = Empty,
))]
async fn views_at(table: &Table, positions: &[Position]) -> Result<Vec<OrderView>, ReadError> {
    let keys: Vec<_> = positions.iter().map(|position| view_key_of(position.id).attributes()).collect();
    let items = table.call().get_items(&keys, &KeysAndAttributes::builder()).await?;
    let views = items.iter().filter_map(|item| OrderView::from_item(item).transpose());
    Ok(views.collect::<Result<_, _>>()?)
}

/// Orders, sorted, among which a search looks.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// A partition of an index of the views.
    Views(SortedPartition),
    /// The postings of the words that begin alike.
    Postings(SortedPartition),
}

/// The sources in which `filter` looks: each order that it can find is in one of them at least.
///
/// One user's orders are in a partition of their own, which no other user's orders make longer; the search for them
/// looks through it. Every other search is led by one term: the longest, which is the likeliest to be rare, of those
/// that mean no status. A status changes and a posting does not. A term that means one therefore leads only if all do: it
/// looks through the orders in that status and, because it may be a product's word too, through its postings.
fn sources(filter: &SearchFilter) -> Vec<Source> {
    let views = |scope: Scope| partitions(&scope).0.into_iter().map(Source::Views);
    if let Some(user_id) = filter.user_id.clone() {
        return views(Scope::User { user_id, status: None }).collect();
    }
    let statuses = filter.status.as_ref().map_or(&filter.statuses[..], from_ref);
    let leads = filter.terms.iter().map(|term| (term, meant(term, statuses)));
    let lead = leads.max_by_key(|(term, statuses)| (statuses.is_empty(), term.chars().count()));
    let postings = |term| {
        let key = word_key(&prefix(term));
        Source::Postings(SortedPartition { index: None, partition_attribute: PK, sort_attribute: SK, key })
    };
    let of_term = |(term, statuses)| views(Scope::Statuses(statuses)).chain([postings(term)]);
    lead.into_iter().flat_map(of_term).collect()
}

/// Those of `statuses` that `term` is, or begins.
fn meant(term: &str, statuses: &[String]) -> Vec<String> {
    let is_meant = |status: &&String| IndexedWords::of_status(status).are_found_by(term);
    statuses.iter().filter(is_meant).cloned().collect()
}
