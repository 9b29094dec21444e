//! Reading several sorted sources, round by round, until a page is known.

use es_core::Timestamp;
use futures::future::try_join_all;

use crate::ReadError;
use crate::cursor::Position;
use crate::merge::{Merge, Piece};
use crate::partition::KeyRange;

/// The most rounds of requests for one page. A page that is not full after so many ends there, and the caller asks for
/// the next.
const MAX_ROUNDS: u32 = 8;

/// What is read for a page.
#[derive(Debug)]
pub(crate) struct Reading<S> {
    /// Where orders are.
    pub(crate) sources: Vec<S>,
    /// Opened at this time or later.
    pub(crate) from: Option<Timestamp>,
    /// Opened before this time.
    pub(crate) to: Option<Timestamp>,
    /// The place that the page is behind.
    pub(crate) start: Option<Position>,
    /// How many orders are enough.
    pub(crate) wanted: usize,
}

impl<S> Reading<S> {
    /// The newest orders of all sources, as far as eight rounds lead. `size` says how many orders to ask a source for,
    /// by the round, counted from 0, and the number of sources asked in it; `read` asks.
    ///
    /// # Errors
    /// That of `read` at the first time it fails.
    pub(crate) async fn merged<R>(
        &self,
        size: impl Fn(u32, usize) -> usize,
        read: R,
    ) -> Result<Merge, ReadError>
    where
        R: AsyncFn(&S, &KeyRange, usize) -> Result<Piece, ReadError>,
    {
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
                let piece = match KeyRange::of(self.from, self.to, unread.behind().or(self.start)) {
                    Some(range) => read(source, &range, size).await?,
                    None => Piece::END,
                };
                Ok::<_, ReadError>((index, piece))
            });
            for (index, piece) in try_join_all(pieces).await? {
                merge.take(index, piece);
            }
        }
        Ok(merge)
    }
}
