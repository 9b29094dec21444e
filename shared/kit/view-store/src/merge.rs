//! Several partitions, each sorted and read piece by piece, as one sorted list.

use std::collections::BTreeMap;

use es_core::Timestamp;
use futures::future::try_join_all;

use crate::{Position, ReadError};

/// The most rounds of requests for one page. A page that is not full after so many ends there, and the caller asks for
/// the next.
const MAX_ROUNDS: u32 = 8;

/// Sorts behind every year's digits.
const AFTER_ALL: &str = "~";

/// An entry that has a place in a list.
pub trait Positioned {
    /// The entry's place.
    fn position(&self) -> Position;
}

/// A range of sort keys, both bounds included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The lowest key.
    pub low: String,
    /// The highest key.
    pub high: String,
}

impl KeyRange {
    /// The positions from the time `from` on and before `to`, or those of them behind `position`; `None` if there can be
    /// none: DynamoDB refuses a range whose bounds are the wrong way round.
    ///
    /// A time alone sorts before every key that begins with it: as the low bound it includes these keys, as the high
    /// bound it excludes them.
    fn new(from: Option<Timestamp>, to: Option<Timestamp>, position: Option<Position>) -> Option<Self> {
        let low = from.unwrap_or(Timestamp::MIN).to_string();
        let latest = to.map_or_else(|| AFTER_ALL.to_owned(), |to| to.to_string());
        let high = match position.map(Position::just_below) {
            Some(below) => below.min(latest),
            None => latest,
        };
        (low <= high).then_some(Self { low, high })
    }
}

/// A piece of a partition, newest first.
#[derive(Debug)]
pub struct Piece<T> {
    /// The entries in it.
    pub entries: Vec<T>,
    /// What is left of the partition.
    pub unread: Unread,
}

/// What has not been read of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Everything.
    All,
    /// What is behind this position.
    Behind(Position),
    /// Nothing.
    Nothing,
}

impl Unread {
    /// The position that the unread part is behind, if some of the partition was read.
    const fn behind(self) -> Option<Position> {
        match self {
            Self::Behind(position) => Some(position),
            Self::All | Self::Nothing => None,
        }
    }
}

/// What is read for a page.
#[derive(Debug)]
pub struct MergedReading<S> {
    /// The partitions in which the entries are.
    pub sources: Vec<S>,
    /// Entries of this time or later.
    pub from: Option<Timestamp>,
    /// Entries before this time.
    pub to: Option<Timestamp>,
    /// The position that the page is behind.
    pub start: Option<Position>,
    /// How many entries are enough.
    pub wanted: usize,
}

impl<S> MergedReading<S> {
    /// The newest `limit` entries of all sources, as far as eight rounds lead, and the position that the list goes on
    /// behind. `size` says how many entries to ask each source for, by the round, counted from 0, and the number of
    /// sources asked in it; `read` asks.
    ///
    /// # Errors
    /// That of `read` at the first time it fails.
    pub async fn page<T: Positioned>(
        &self,
        limit: usize,
        size: impl Fn(u32, usize) -> usize,
        read: impl AsyncFn(&S, &KeyRange, usize) -> Result<Piece<T>, ReadError>,
    ) -> Result<(Vec<T>, Option<Position>), ReadError> {
        let mut merge = Merge::new(self.sources.len(), self.wanted);
        for round in 0..MAX_ROUNDS {
            let wanting = merge.wanting();
            if wanting.is_empty() {
                break;
            }
            let size = size(round, wanting.len());
            let reads = wanting
                .iter()
                .filter_map(|(index, unread)| Some((*index, self.sources.get(*index)?, unread)));
            let pieces = reads.map(async |(index, source, unread)| {
                let piece = match KeyRange::new(self.from, self.to, unread.behind().or(self.start)) {
                    Some(range) => read(source, &range, size).await?,
                    None => Piece { entries: Vec::new(), unread: Unread::Nothing },
                };
                Ok::<_, ReadError>((index, piece))
            });
            for (index, piece) in try_join_all(pieces).await? {
                merge.take(index, piece);
            }
        }
        Ok(merge.page(limit))
    }
}

/// The newest entries of several partitions, as far as these have been read.
#[derive(Debug)]
struct Merge<T> {
    partitions: Vec<Unread>,
    entries: BTreeMap<Position, T>,
    wanted: usize,
}

impl<T: Positioned> Merge<T> {
    /// The entries of `partitions` partitions, of which nothing has been read; the newest `wanted` of them are enough.
    fn new(partitions: usize, wanted: usize) -> Self {
        Self { partitions: vec![Unread::All; partitions], entries: BTreeMap::new(), wanted }
    }

    /// The partitions, by index, that must be read on before enough is known: those that can hold an entry newer than
    /// the last one wanted. None, once that is known.
    fn wanting(&self) -> Vec<(usize, Unread)> {
        let last = self.entries.keys().nth_back(self.wanted.saturating_sub(1));
        let wanting = |unread: &Unread| match unread {
            Unread::All => true,
            Unread::Behind(position) => last.is_none_or(|last| last < position),
            Unread::Nothing => false,
        };
        self.partitions.iter().copied().enumerate().filter(|(_, unread)| wanting(unread)).collect()
    }

    /// Takes in the next piece of the partition at `index`.
    fn take(&mut self, index: usize, piece: Piece<T>) {
        if let Some(unread) = self.partitions.get_mut(index) {
            *unread = piece.unread;
        }
        self.entries.extend(piece.entries.into_iter().map(|entry| (entry.position(), entry)));
    }

    /// The newest `limit` entries, and the position that the list goes on behind. If partitions are still wanting, the
    /// page ends where the first of them does: an entry that the page has not shown yet may come there.
    fn page(mut self, limit: usize) -> (Vec<T>, Option<Position>) {
        let horizon = self.partitions.iter().filter_map(|unread| unread.behind()).max();
        let known = horizon.map_or(self.entries.len(), |horizon| self.entries.range(horizon..).count());
        let page: Vec<_> = std::iter::from_fn(|| self.entries.pop_last())
            .map(|(_, entry)| entry)
            .take(known.min(limit))
            .collect();
        let last = page.last().map(T::position);
        let next = if known > limit { last } else { horizon };
        (page, next)
    }
}
