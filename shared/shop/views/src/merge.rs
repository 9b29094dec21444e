//! Several partitions, each sorted and read piece by piece, as one sorted list.

use std::collections::BTreeMap;

use crate::OrderView;
use crate::cursor::Position;

/// A piece of a partition, newest first.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The orders in it.
    pub(crate) orders: Vec<OrderView>,
    /// What is left of the partition.
    pub(crate) unread: Unread,
}

/// What has not been read of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Everything.
    All,
    /// What is behind this place.
    Behind(Position),
    /// Nothing.
    Nothing,
}

impl Piece {
    /// The end of a partition.
    pub(crate) const END: Self = Self { orders: Vec::new(), unread: Unread::Nothing };
}

impl Unread {
    /// The place that the unread part is behind, if it has been begun.
    pub(crate) const fn behind(self) -> Option<Position> {
        match self {
            Self::Behind(position) => Some(position),
            Self::All | Self::Nothing => None,
        }
    }
}

/// The newest orders of several partitions, as far as these have been read.
#[derive(Debug)]
pub(crate) struct Merge {
    partitions: Vec<Unread>,
    orders: BTreeMap<Position, OrderView>,
    wanted: usize,
}

impl Merge {
    /// The orders of `partitions` partitions, of which nothing has been read; the newest `wanted` of them are enough.
    pub(crate) fn new(partitions: usize, wanted: usize) -> Self {
        Self { partitions: vec![Unread::All; partitions], orders: BTreeMap::new(), wanted }
    }

    /// The partitions, by index, that must be read on before enough is known: those that can hold an order newer than
    /// the last one wanted. None, once that is known.
    pub(crate) fn wanting(&self) -> Vec<(usize, Unread)> {
        let last = self.orders.keys().nth_back(self.wanted.saturating_sub(1));
        let wanting = |unread: &Unread| match unread {
            Unread::All => true,
            Unread::Behind(position) => last.is_none_or(|last| last < position),
            Unread::Nothing => false,
        };
        self.partitions.iter().copied().enumerate().filter(|(_, unread)| wanting(unread)).collect()
    }

    /// Takes in the next piece of the partition at `index`.
    pub(crate) fn take(&mut self, index: usize, piece: Piece) {
        if let Some(unread) = self.partitions.get_mut(index) {
            *unread = piece.unread;
        }
        self.orders.extend(piece.orders.into_iter().map(|order| (order.position(), order)));
    }

    /// The newest `limit` orders, and the place that the list goes on behind. Where partitions are still wanting, the
    /// page ends where the first of them does: an order it has not shown yet may come there.
    pub(crate) fn page(mut self, limit: usize) -> (Vec<OrderView>, Option<Position>) {
        let horizon = self.partitions.iter().filter_map(|unread| unread.behind()).max();
        let known = horizon.map_or(self.orders.len(), |horizon| self.orders.range(horizon..).count());
        let page: Vec<_> = std::iter::from_fn(|| self.orders.pop_last())
            .map(|(_, order)| order)
            .take(known.min(limit))
            .collect();
        let last = page.last().map(OrderView::position);
        let next = if known > limit { last } else { horizon };
        (page, next)
    }
}

#[cfg(test)]
mod tests;
