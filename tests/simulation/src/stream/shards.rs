//! The shards of the stream, and the position of each function in each shard.

use std::collections::{BTreeMap, BTreeSet};

use event_stream::{RecordRange, SequenceNumber};
use serde_json::{Value, json};
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
    /// The number of records at the beginning that the stream no longer retains.
    trimmed: usize,
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
}

impl Shards {
    /// One to three empty shards.
    pub(super) fn random(random: &Random) -> Self {
        let all = (0..random.number(1..4)).map(|_| Shard::default()).collect();
        let (positions, finished) = (BTreeMap::new(), BTreeSet::new());
        Self { all, records: 0, positions, finished }
    }

    pub(super) fn number(&self) -> usize {
        self.all.len()
    }

    /// Adds a record to an open shard, which the random number `place` selects. The record arrives at `micros`, in
    /// microseconds since the Unix epoch.
    pub(super) fn put(&mut self, place: usize, data: &[u8], micros: i64) {
        let open = self.open();
        let shard = open[place % open.len()];
        let mut record = envelope(&shard_name(shard), &sequence(self.records), data);
        record["kinesis"]["approximateArrivalTimestamp"] = json!(seconds(micros));
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

    /// Trims the records that every function has read.
    pub(super) fn trim(&mut self) {
        for shard in 0..self.all.len() {
            let read = Function::all().map(|function| self.position(function, shard)).min();
            let trimmed = &mut self.all[shard].trimmed;
            *trimmed = (*trimmed).max(read.unwrap_or_default());
        }
    }

    /// The first position of `shard` that the stream retains.
    pub(super) fn trimmed(&self, shard: usize) -> usize {
        self.all[shard].trimmed
    }

    /// Whether the stream retains the first record of `range`.
    pub(super) fn retains(&self, range: &RecordRange) -> bool {
        let is_first = |record: &&Value| sequence_number(record) == range.first;
        self.shard(range).records.iter().skip(self.shard(range).trimmed).any(|record| is_first(&record))
    }

    /// The records of `range`, trimmed ones included.
    pub(super) fn records(&self, range: &RecordRange) -> Vec<Value> {
        let is_within = |record: &&Value| (&range.first..=&range.last).contains(&&sequence_number(record));
        self.shard(range).records.iter().filter(is_within).cloned().collect()
    }

    fn shard(&self, range: &RecordRange) -> &Shard {
        let named = (0..self.all.len()).find(|shard| shard_name(*shard) == range.shard);
        &self.all[named.unwrap()]
    }

    fn open(&self) -> Vec<usize> {
        (0..self.all.len()).filter(|shard| !self.all[*shard].is_closed).collect()
    }
}

fn shard_name(shard: usize) -> String {
    format!("shardId-{shard:012}")
}

fn sequence_number(record: &Value) -> SequenceNumber {
    SequenceNumber::new(record["kinesis"]["sequenceNumber"].as_str().unwrap())
}

/// Kinesis writes times as seconds with milliseconds.
fn seconds(micros: i64) -> f64 {
    let millis = u32::try_from(micros.rem_euclid(1_000_000) / 1_000).unwrap();
    let whole = u32::try_from(micros / 1_000_000).unwrap();
    f64::from(whole) + f64::from(millis) / 1_000.0
}
