//! Finds the orders that have a posting for each of several terms, newest first, and decides what to read next.
//!
//! All partitions of postings sort by the same positions. The term whose postings reach furthest back in time is the
//! rarest one known and leads: every match is among its postings. The postings of another term confirm or refute a
//! candidate. If they are too dense, the candidates' views are read instead, because a view answers for all terms.

use std::collections::BTreeSet;
use std::ops::Bound;

use es_core::Timestamp;
use view_store::{Position, SortedPartition, Unread};

use super::postings::Posting;

/// How many postings half a read unit reads at least. A posting has up to 200 bytes.
pub(super) const POSTINGS_PER_HALF_UNIT: usize = 20;

/// The most postings of one request. They are smaller than 1 MB, so the request is answered in one piece.
const MAX_POSTINGS_READ: usize = 1_000;

/// The postings of one term that have been read so far.
#[derive(Debug)]
pub(super) struct TermPostings<'a> {
    /// The folded term.
    pub(super) term: &'a str,
    /// The partition with the postings of the term's prefix.
    pub(super) partition: SortedPartition,
    /// The part of the partition that has not been read yet.
    pub(super) unread: Unread,
    /// The positions of the orders that have the term.
    found: BTreeSet<Position>,
    /// How many postings of the prefix were read.
    read: usize,
    /// The time of the newest posting of the prefix.
    newest: Option<Timestamp>,
}

impl<'a> TermPostings<'a> {
    /// The postings of `term` in `partition`, none of which has been read.
    pub(super) const fn unread(term: &'a str, partition: SortedPartition) -> Self {
        Self { term, partition, unread: Unread::All, found: BTreeSet::new(), read: 0, newest: None }
    }

    /// Adds the next `postings`, after which `unread` is unread.
    pub(super) fn take(&mut self, postings: &[Posting], unread: Unread) {
        self.newest = self.newest.or_else(|| postings.first().map(|posting| posting.position.time));
        self.read += postings.len();
        let has_term = postings.iter().filter(|posting| posting.may_have(self.term));
        self.found.extend(has_term.map(|posting| posting.position));
        self.unread = unread;
    }

    /// Whether the order at `position` has the term; `None` if this part of the partition is unread.
    fn has(&self, position: Position) -> Option<bool> {
        let is_read = match self.unread {
            Unread::All => false,
            Unread::Behind(behind) => position >= behind,
            Unread::Nothing => true,
        };
        is_read.then(|| self.found.contains(&position))
    }

    /// The estimated number of unread postings down to `position`, from the density of those read so far.
    fn expected_down_to(&self, position: Position) -> usize {
        let Some((newest, reached)) = self.newest.zip(self.unread.behind()) else { return 0 };
        let micros = |from: Timestamp, to: Timestamp| {
            u128::try_from(from.micros().saturating_sub(to.micros())).unwrap_or(0)
        };
        let (span, distance) = (micros(newest, reached.time), micros(reached.time, position.time));
        let expected = distance.saturating_mul(self.read as u128).checked_div(span);
        expected.and_then(|expected| usize::try_from(expected).ok()).unwrap_or(self.read)
    }
}

/// Postings to read next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PostingsRead {
    /// The index of the term.
    pub(super) term: usize,
    /// The oldest position to read, if there is one.
    pub(super) down_to: Option<Position>,
    /// The most postings to read.
    pub(super) limit: usize,
}

impl PostingsRead {
    /// The half read units that the request consumes at most.
    pub(super) const fn half_units(&self) -> usize {
        self.limit.div_ceil(POSTINGS_PER_HALF_UNIT)
    }
}

/// What to read next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextRead {
    /// These postings, at the same time.
    Postings(Vec<PostingsRead>),
    /// The views of the orders at these positions, newest first.
    Views(Vec<Position>),
    /// Nothing.
    Nothing,
}

/// The postings of all terms of a search.
#[derive(Debug)]
pub(super) struct Intersection<'a> {
    pub(super) terms: Vec<TermPostings<'a>>,
    /// The position of the last order whose view was read. All newer orders are settled.
    settled: Option<Position>,
}

impl<'a> Intersection<'a> {
    /// Starts with `terms`, none of which has been read.
    pub(super) const fn new(terms: Vec<TermPostings<'a>>) -> Self {
        Self { terms, settled: None }
    }

    /// The first read: `limit` postings of each term.
    pub(super) fn first_read(&self, limit: usize) -> Vec<PostingsRead> {
        let read = |term| PostingsRead { term, down_to: None, limit };
        (0..self.terms.len()).map(read).collect()
    }

    /// The views of the orders up to `position` have been read.
    pub(super) const fn settle(&mut self, position: Position) {
        self.settled = Some(position);
    }

    /// The index of the term whose postings were read furthest back.
    fn lead(&self) -> usize {
        let reached = |(_, term): &(usize, &TermPostings<'_>)| match term.unread {
            Unread::Nothing => (0, None),
            Unread::Behind(position) => (1, Some(position)),
            Unread::All => (2, None),
        };
        self.terms.iter().enumerate().min_by_key(reached).map_or(0, |(index, _)| index)
    }

    /// The orders that may match and are not settled, newest first, and whether all terms confirm them.
    fn candidates(&self) -> impl Iterator<Item = (Position, bool)> {
        let lead = self.terms.get(self.lead());
        let unsettled = (Bound::Unbounded, self.settled.map_or(Bound::Unbounded, Bound::Excluded));
        let newest_first = lead.into_iter().flat_map(move |lead| lead.found.range(unsettled).rev());
        newest_first.filter_map(|position| {
            let mut is_confirmed = true;
            for term in &self.terms {
                match term.has(*position) {
                    Some(true) => {}
                    Some(false) => return None,
                    None => is_confirmed = false,
                }
            }
            Some((*position, is_confirmed))
        })
    }

    /// What to read in round `round` for a page that lacks `lacking` orders, with `budget` half read units.
    pub(super) fn next(&self, round: u32, lacking: usize, budget: usize) -> NextRead {
        let candidates: Vec<_> = self.candidates().take(lacking).collect();
        let open: Vec<_> = candidates.iter().filter(|(_, is_confirmed)| !is_confirmed).collect();
        let confirmed = candidates.len() - open.len();
        let cost = |reads: &[PostingsRead]| reads.iter().map(PostingsRead::half_units).sum::<usize>();
        if let Some((oldest, _)) = open.last() {
            let reach = self.terms.get(self.lead()).and_then(|lead| lead.found.first());
            for target in reach.into_iter().chain([oldest]) {
                let reads = self.reads_down_to(*target);
                if cost(&reads) <= (open.len() / 2).max(1) && cost(&reads) + confirmed <= budget {
                    return NextRead::Postings(reads);
                }
            }
        } else if candidates.len() < lacking {
            let limit = (lacking * 2).max(2 * POSTINGS_PER_HALF_UNIT) << round.min(8);
            let affordable = budget.saturating_sub(candidates.len()) / 2 * POSTINGS_PER_HALF_UNIT;
            let limit = limit.min(affordable).min(MAX_POSTINGS_READ);
            let read = PostingsRead { term: self.lead(), down_to: None, limit };
            if limit > 0 && self.terms.get(read.term).is_some_and(|lead| lead.unread != Unread::Nothing) {
                return NextRead::Postings(vec![read]);
            }
        }
        let views: Vec<_> = candidates.into_iter().take(budget).map(|(position, _)| position).collect();
        if views.is_empty() { NextRead::Nothing } else { NextRead::Views(views) }
    }

    /// Reads the terms that do not know `target` down to it, with a quarter more postings than are expected.
    fn reads_down_to(&self, target: Position) -> Vec<PostingsRead> {
        let lagging = self.terms.iter().enumerate().filter(|(_, term)| term.has(target).is_none());
        let read = |(index, term): (usize, &TermPostings<'_>)| {
            let expected = term.expected_down_to(target);
            let limit = expected.saturating_add(expected / 4).saturating_add(POSTINGS_PER_HALF_UNIT / 2);
            PostingsRead { term: index, down_to: Some(target), limit: limit.min(MAX_POSTINGS_READ) }
        };
        lagging.map(read).collect()
    }

    /// The position after which the next page starts; `None` if no order is left.
    pub(super) fn rest(&self) -> Option<Position> {
        let next = self.candidates().next().map(|(position, _)| position.just_above());
        // The unread part can include the position of an order whose view has been read: that of its second posting.
        let unread = || {
            let behind = self.terms.get(self.lead())?.unread.behind()?;
            Some(self.settled.map_or(behind, |settled| behind.min(settled)))
        };
        next.or_else(unread)
    }
}
