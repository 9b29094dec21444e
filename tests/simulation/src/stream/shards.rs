//! The shards of the stream, and the position of each function in each shard.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use testing::kinesis::{envelope, sequence};

use crate::world::{Function, Random};

/// If so many other shards are open, a shard is merged instead of split.
const MANY_OPEN: usize = 4;

#[derive(Debug, Default)]
struct Shard {
    /// The parent shards. A function reads them completely before this shard.
    parents: Vec<usize>,
    is_closed: bool,
    records: Vec<Value>,
}

/// All shards, open and closed, and the position of each function in each of them.
#[derive(Debug)]
pub(super) struct Shards {
    all: Vec<Shard>,
    /// The number of records in all shards. The next sequence number follows from it.
    records: usize,
    /// For each function and shard, the index of the next record to read.
    positions: BTreeMap<(Function, usize), usize>,
    /// The closed shards that a function has read completely.
    finished: BTreeSet<(Function, usize)>,
    /// Batches that the mapping gave up. An operator redrives them.
    pub(super) aside: Vec<(Function, Vec<Value>)>,
    /// Records in the dead-letter queues. An operator redrives them.
    pub(super) letters: Vec<(Function, Vec<Value>)>,
}

impl Shards {
    /// One to three empty shards.
    pub(super) fn random(random: &Random) -> Self {
        let all = (0..random.number(1..4)).map(|_| Shard::default()).collect();
        let (positions, finished) = (BTreeMap::new(), BTreeSet::new());
        Self { all, records: 0, positions, finished, aside: Vec::new(), letters: Vec::new() }
    }

    pub(super) fn number(&self) -> usize {
        self.all.len()
    }

    /// Adds a record to an open shard, which the random number `place` selects.
    pub(super) fn put(&mut self, place: usize, data: &[u8]) {
        let open = self.open();
        let shard = open[place % open.len()];
        let record = envelope(&format!("shardId-{shard:012}"), &sequence(self.records), data);
        self.records += 1;
        self.all[shard].records.push(record);
    }

    /// Splits one open shard into two, or merges two open shards into one.
    pub(super) fn reshard(&mut self, random: &Random) {
        let mut open = self.open();
        let parents = vec![open.swap_remove(random.index(open.len()))];
        let (parents, children) = match open.first() {
            Some(neighbour) if open.len() >= MANY_OPEN || random.chance(500) => {
                ([parents, vec![*neighbour]].concat(), 1)
            }
            _ => (parents, 2),
        };
        for parent in &parents {
            self.all[*parent].is_closed = true;
        }
        self.all.extend((0..children).map(|_| Shard { parents: parents.clone(), ..Shard::default() }));
    }

    /// Up to `size` records from the position of `function` in `shard`.
    pub(super) fn batch(&self, function: Function, shard: usize, size: usize) -> Vec<Value> {
        let position = self.position(function, shard);
        self.all[shard].records.iter().skip(position).take(size).cloned().collect()
    }

    /// Moves `function` to `position` in `shard`.
    pub(super) fn move_to(&mut self, function: Function, shard: usize, position: usize) {
        self.positions.insert((function, shard), position);
    }

    pub(super) fn position(&self, function: Function, shard: usize) -> usize {
        self.positions.get(&(function, shard)).copied().unwrap_or_default()
    }

    /// Whether `function` has records to read in `shard`, or can mark the shard as finished.
    pub(super) fn has_news(&self, function: Function, shard: usize) -> bool {
        let Shard { is_closed, records, .. } = &self.all[shard];
        self.position(function, shard) < records.len() || *is_closed
    }

    /// Marks `shard` as finished by `function`.
    pub(super) fn finish(&mut self, function: Function, shard: usize) {
        self.finished.insert((function, shard));
    }

    /// Whether `function` may start to read `shard`.
    pub(super) fn may_begin(&self, function: Function, shard: usize) -> bool {
        self.all[shard].parents.iter().all(|parent| self.finished.contains(&(function, *parent)))
    }

    /// Whether every function has read all records.
    pub(super) fn are_read(&self) -> bool {
        let has_all = |function| {
            self.all
                .iter()
                .enumerate()
                .all(|(index, shard)| self.position(function, index) == shard.records.len())
        };
        Function::all().all(has_all)
    }

    fn open(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|shard| !self.all[*shard].is_closed).collect()
    }
}
