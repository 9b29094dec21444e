//! Searches orders: the conditions, the choice of the partitions to read, and the reading in pages.

use std::collections::BTreeSet;
use std::slice::from_ref;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use dynamo::{MAX_GET_BATCH, PK, SK, Table};
use es_core::Timestamp;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{
    Cursor, FilterDigest, KeyRange, ListError, Measured, MergedReading, PageLimit, Piece, Position,
    Positioned, ReadError, SortedPartition, Unread, filter_digest,
};

use super::words::{PREFIX, prefix};
use super::{IndexedWords, SearchTerms, word_key};
use crate::orders::{
    DynamoOrderViews, OrderPage, OrderScope, OrderView, partition_query, partitions, view_key_of,
};

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

    /// Whether the order of `view` meets all conditions.
    fn finds(&self, view: &OrderView) -> bool {
        let is = |wanted: &Option<String>, found| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.user_id, &view.user_id)
            && is(&self.status, &view.status)
            && is(&self.currency, &view.currency)
            && self.min_total.is_none_or(|least| view.total_amount_cents >= least)
            && self.max_total.is_none_or(|most| view.total_amount_cents <= most)
            && self.from.is_none_or(|from| view.created_at >= from)
            && self.to.is_none_or(|to| view.created_at < to)
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
/// The search reads candidates from one source and checks all conditions on their views:
/// - With a user, the source is the list of the user's orders.
/// - Otherwise the source is the postings of the longest term that matches no status. Only a term of three or more
///   characters has such postings.
/// - If every such term matches a status, the sources are the orders in the statuses that the longest term matches, and
///   the postings of that term.
/// - If every term is shorter, the sources are all orders, or all orders with the filter's status.
///
/// Two projections write the index and the views, so an order is found once both have processed it.
///
/// A page may have fewer orders than `limit`, or even none, although more orders follow. Only a missing
/// [`OrderPage::next`] marks the end. In a search that reads the orders of a status, an order whose status changes
/// between two pages may appear twice or not at all.
///
/// # Costs
/// A search takes up to 8 rounds. Each round costs a `Query` for postings and a `BatchGetItem` for their views, or one
/// `Query` for a user's orders. If the sources include the orders in a status, a round also costs
/// [`STATUS_SHARDS`](crate::STATUS_SHARDS) concurrent `Query` requests for each such status. A search for short terms
/// only has these requests and none for postings. The first round reads twice as many orders as the page has; the other
/// rounds read 100. A view takes half a read unit. A page therefore takes up to 400 read units, and about 20 if all
/// candidates match.
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
    let (from, to, wanted) = (filter.from, filter.to, usize::from(limit.get()));
    let reading = MergedReading { sources: sources(filter), from, to, start, wanted };
    let size = |round, sources| {
        let all = if round == 0 { 2 * wanted } else { MAX_GET_BATCH };
        all.min(MAX_GET_BATCH).div_ceil(sources)
    };
    let read = async |source: &Source, range: &KeyRange, size| {
        let mut piece = candidates(&views.table, source, filter, range, size).await?;
        piece.entries.retain(|view| filter.finds(&view.entry));
        Ok(piece)
    };
    let (orders, next) = reading.page(limit, size, read).await?;
    Ok(OrderPage { orders, next: next.map(|position| Cursor::new(position, digest)) })
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
        Source::Postings(partition) => {
            let (positions, unread) = postings(table, partition, range, limit).await?;
            Ok(Piece { entries: views_at(table, &positions).await?, unread })
        }
    }
}

/// Reads the positions of up to `limit` orders of `range` from `partition`, newest first, and the unread rest of the
/// range.
#[tracing::instrument(name = "read_store.postings", skip_all, fields(
    otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
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
    /// The postings of words with the same prefix.
    Postings(SortedPartition),
}

/// The sources that a search with `filter` reads. Each order that can match is in at least one of them.
///
/// A search within one user's orders reads the user's partition, which contains no other orders. Every other search
/// reads the orders of one term, the leading term. Terms with fewer than [`PREFIX`] characters cannot lead, because
/// their postings are spread over all longer prefixes. Terms that match no status are preferred, because the postings
/// alone cover them; of these, the longest leads, because it is probably the rarest. If all such terms match a status,
/// the search reads the orders in the statuses of the leading term, and also its postings, because the term may be a
/// product's word too. Without a leading term, the search reads the orders in all statuses.
fn sources(filter: &SearchFilter) -> Vec<Source> {
    let views = |scope: OrderScope| partitions(&scope).0.into_iter().map(Source::Views);
    if let Some(user_id) = filter.user_id.clone() {
        return views(OrderScope::User { user_id, status: None }).collect();
    }
    let statuses = filter.status.as_ref().map_or(&filter.statuses[..], from_ref);
    let long = filter.terms.iter().filter(|term| term.chars().count() >= PREFIX);
    let leads = long.map(|term| (term, matching(term, statuses)));
    let lead = leads.max_by_key(|(term, statuses)| (statuses.is_empty(), term.chars().count()));
    let Some((term, matched)) = lead else {
        return views(OrderScope::Statuses(statuses.to_vec())).collect();
    };
    let key = word_key(&prefix(term));
    let postings = SortedPartition { index: None, partition_attribute: PK, sort_attribute: SK, key };
    views(OrderScope::Statuses(matched)).chain([Source::Postings(postings)]).collect()
}

/// The `statuses` that `term` matches, whole or by their beginning.
fn matching(term: &str, statuses: &[String]) -> Vec<String> {
    let matches = |status: &&String| IndexedWords::from_status(status).are_found_by(term);
    statuses.iter().filter(matches).cloned().collect()
}
