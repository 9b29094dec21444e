//! Merges several sorted partitions, each of which is read in pieces, into one sorted list.

use std::collections::BTreeMap;

use es_core::Timestamp;
use futures::future::try_join_all;

use crate::{Measured, PageLimit, Position, ReadError};

/// The maximum number of rounds of requests for one page. If the page is not full after the last round, the page ends
/// there, and the caller requests the next page.
const MAX_ROUNDS: u32 = 8;

/// Sorts after the digits of every year.
const AFTER_ALL: &str = "~";

/// An entry that has a position in a list.
pub trait Positioned {
    /// The entry's position.
    fn position(&self) -> Position;
}

/// A range of sort keys. Both bounds are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The lowest key.
    pub low: String,
    /// The highest key.
    pub high: String,
}

impl KeyRange {
    /// The range of the positions from the time `from` up to but without the time `to`. If `position` is given, the
    /// range only has the older positions. The result is `None` for an empty range, because DynamoDB refuses a range
    /// whose bounds are in the wrong order.
    ///
    /// A time without an id sorts before every key that starts with that time. As the low bound it includes these keys;
    /// as the high bound it excludes them.
    #[must_use]
    pub fn new(from: Option<Timestamp>, to: Option<Timestamp>, position: Option<Position>) -> Option<Self> {
        let low = from.unwrap_or(Timestamp::MIN).to_string();
        let latest = to.map_or_else(|| AFTER_ALL.to_owned(), |to| to.to_string());
        let high = match position.map(Position::just_below) {
            Some(below) => below.min(latest),
            None => latest,
        };
        (low <= high).then_some(Self { low, high })
    }
}

/// A part of a partition, newest entry first.
#[derive(Debug)]
pub struct Piece<T> {
    /// The entries in the piece, with their sizes.
    pub entries: Vec<Measured<T>>,
    /// The part of the partition that has not been read yet.
    pub unread: Unread,
}

/// The part of a partition that has not been read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// The whole partition.
    All,
    /// The entries after this position.
    Behind(Position),
    /// Nothing.
    Nothing,
}

impl Unread {
    /// The position after which the unread part starts; `None` if nothing or everything has been read.
    #[must_use]
    pub const fn behind(self) -> Option<Position> {
        match self {
            Self::Behind(position) => Some(position),
            Self::All | Self::Nothing => None,
        }
    }
}

/// The parameters of reading one page from several partitions.
#[derive(Debug)]
pub struct MergedReading<S> {
    /// The partitions that hold the entries.
    pub sources: Vec<S>,
    /// Only entries of this time or later are returned.
    pub from: Option<Timestamp>,
    /// Only entries before this time are returned.
    pub to: Option<Timestamp>,
    /// The position after which the page starts.
    pub start: Option<Position>,
    /// How many entries are enough to stop reading. Reading also stops as soon as the known entries are larger than a
    /// page.
    pub wanted: usize,
}

impl<S> MergedReading<S> {
    /// The newest entries of all sources that fit into `limit` and that at most eight rounds of reading find, and the
    /// position after which the next page starts.
    ///
    /// `read` reads one piece of a source. `size` says how many entries to read from each source, or `None` to end the
    /// reading. Its arguments are the number of the round, starting at 0, and the number of sources that the round reads.
    ///
    /// # Errors
    /// The first error of `read`.
    pub async fn page<T: Positioned>(
        &self,
        limit: PageLimit,
        size: impl Fn(u32, usize) -> Option<usize>,
        read: impl AsyncFn(&S, &KeyRange, usize) -> Result<Piece<T>, ReadError>,
    ) -> Result<(Vec<T>, Option<Position>), ReadError> {
        let mut merge = Merge::new(self.sources.len(), self.wanted, limit);
        for round in 0..MAX_ROUNDS {
            let wanting = merge.unread_partitions();
            if wanting.is_empty() {
                break;
            }
            let Some(size) = size(round, wanting.len()) else { break };
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
        Ok(merge.page())
    }
}

/// The entries of several partitions that have been read so far.
#[derive(Debug)]
struct Merge<T> {
    partitions: Vec<Unread>,
    entries: BTreeMap<Position, Measured<T>>,
    wanted: usize,
    limit: PageLimit,
}

impl<T: Positioned> Merge<T> {
    /// Starts with `partitions` unread partitions. Reading can stop as soon as the newest `wanted` entries are known,
    /// or as soon as the known entries are larger than a page of `limit`.
    fn new(partitions: usize, wanted: usize, limit: PageLimit) -> Self {
        Self { partitions: vec![Unread::All; partitions], entries: BTreeMap::new(), wanted, limit }
    }

    /// The position of the last entry that the page needs; `None` if the known entries do not fill the page.
    fn last_wanted(&self) -> Option<Position> {
        let mut bytes = 0_usize;
        let mut newest_first = self.entries.iter().rev().enumerate();
        let filling = newest_first.find(|(index, (_, entry))| {
            bytes = bytes.saturating_add(entry.bytes);
            index + 1 >= self.wanted || bytes > self.limit.bytes()
        });
        filling.map(|(_, (position, _))| *position)
    }

    /// The partitions, by index, that must be read further: those that may hold an entry newer than the last wanted
    /// one. The result is empty as soon as the wanted entries are known.
    fn unread_partitions(&self) -> Vec<(usize, Unread)> {
        let last = self.last_wanted();
        let wanting = |unread: &Unread| match unread {
            Unread::All => true,
            Unread::Behind(position) => last.is_none_or(|last| last < *position),
            Unread::Nothing => false,
        };
        self.partitions.iter().copied().enumerate().filter(|(_, unread)| wanting(unread)).collect()
    }

    /// Adds the next piece of the partition at `index`.
    fn take(&mut self, index: usize, piece: Piece<T>) {
        if let Some(unread) = self.partitions.get_mut(index) {
            *unread = piece.unread;
        }
        self.entries.extend(piece.entries.into_iter().map(|entry| (entry.entry.position(), entry)));
    }

    /// The newest entries that fit on the page, and the position after which the next page starts. If some partitions
    /// still have unread entries, the page ends where the first unread part starts, because the next newest entry may
    /// be in that part.
    fn page(mut self) -> (Vec<T>, Option<Position>) {
        let horizon = self.partitions.iter().filter_map(|unread| unread.behind()).max();
        let known = horizon.map_or(self.entries.len(), |horizon| self.entries.range(horizon..).count());
        let newest_first = std::iter::from_fn(|| self.entries.pop_last()).map(|(_, entry)| entry);
        let (page, is_cut) = self.limit.cut(newest_first.take(known));
        let last = page.last().map(T::position);
        let next = if is_cut { last } else { horizon };
        (page, next)
    }
}
