//! A shard holds a range of hash keys until resharding closes it and its children take over the range.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use stack_base::clock::now_ms;

use super::hash_keys::equal_ranges;
use super::sequence::SequenceNumber;

/// The tables that store shards and the times when streams were created.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS shards (
        stream TEXT NOT NULL, shard INTEGER NOT NULL, parent INTEGER, adjacent_parent INTEGER,
        first BLOB NOT NULL, last BLOB NOT NULL, starting INTEGER NOT NULL, ending INTEGER,
        opened_ms INTEGER NOT NULL, closed_ms INTEGER, PRIMARY KEY (stream, shard)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS streams (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT;
";

/// A shard of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// The shard's number, which is part of its id. Each new shard of a stream gets the next number.
    pub number: u32,
    /// The shard that it was split from, or the first of the two it was merged from.
    pub parent: Option<u32>,
    /// The second shard that it was merged from.
    pub adjacent_parent: Option<u32>,
    /// First hash key of its range.
    pub first: u128,
    /// Last hash key of its range.
    pub last: u128,
    /// No record of the shard has a lower sequence number.
    pub starting: SequenceNumber,
    /// No record of the shard has a higher sequence number; `None` while the shard is open.
    pub ending: Option<SequenceNumber>,
    /// Time when the shard was opened, in milliseconds since the epoch.
    pub opened_ms: i64,
    /// Time when the shard was closed, in milliseconds since the epoch.
    pub closed_ms: Option<i64>,
}

impl Shard {
    /// The shards whose ranges it took over: none, one or two.
    pub fn parents(&self) -> impl Iterator<Item = u32> {
        [self.parent, self.adjacent_parent].into_iter().flatten()
    }

    /// The lowest sequence number of the shard, as Kinesis writes it.
    pub(super) fn first_number(&self) -> String {
        self.starting.text(self.number, self.opened_ms, self.opened_ms)
    }

    /// The highest sequence number of the shard, as Kinesis writes it; `None` while the shard is open.
    pub(super) fn last_number(&self) -> Option<String> {
        let closed_ms = self.closed_ms.unwrap_or(self.opened_ms);
        self.ending.map(|ending| ending.text(self.number, self.opened_ms, closed_ms))
    }

    /// True while records are put into the shard.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ending.is_none()
    }
}

const SELECT: &str = "SELECT shard, parent, adjacent_parent, first, last, starting, ending, opened_ms, \
    closed_ms FROM shards WHERE stream = ?1";

/// Creates a stream that does not exist yet, with `count` equal shards.
pub(super) fn declare(transaction: &Transaction<'_>, stream: &str, count: u32) -> rusqlite::Result<()> {
    // A data directory may have shards of a stream whose time of creation was not stored.
    let created = "INSERT OR IGNORE INTO streams \
        VALUES (?1, COALESCE((SELECT MIN(opened_ms) FROM shards WHERE stream = ?1), ?2))";
    transaction.execute(created, params![stream, now_ms()])?;
    let known = transaction.query_row("SELECT 1 FROM shards WHERE stream = ?1", [stream], |_| Ok(()));
    if known.optional()?.is_some() {
        return Ok(());
    }
    for (number, (first, last)) in (0..count).zip(equal_ranges(count)) {
        insert(transaction, stream, number, (None, None), (first, last), SequenceNumber(0))?;
    }
    Ok(())
}

/// Stores a new open shard.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    stream: &str,
    number: u32,
    (parent, adjacent_parent): (Option<u32>, Option<u32>),
    (first, last): (u128, u128),
    starting: SequenceNumber,
) -> rusqlite::Result<Shard> {
    // A sequence number begins with the second in which the shard was opened. A child opens in a later second than its
    // parents, so that the numbers of a partition key increase through a resharding.
    let parents = "SELECT MAX(opened_ms) FROM shards WHERE stream = ?1 AND shard IN (?2, ?3)";
    let of_parents = |row: &Row<'_>| row.get::<_, Option<i64>>(0);
    let parents_ms = transaction.query_row(parents, params![stream, parent, adjacent_parent], of_parents)?;
    let opened_ms = now_ms().max(parents_ms.map_or(0, |opened_ms| opened_ms + 1000));
    let (ending, closed_ms) = (None, None);
    transaction.execute(
        "INSERT INTO shards VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL, ?8, NULL)",
        params![
            stream,
            number,
            parent,
            adjacent_parent,
            first.to_be_bytes(),
            last.to_be_bytes(),
            starting.0,
            opened_ms
        ],
    )?;
    Ok(Shard { number, parent, adjacent_parent, first, last, starting, ending, opened_ms, closed_ms })
}

/// Stores that a shard ends at a sequence number.
pub(super) fn close(
    transaction: &Transaction<'_>,
    stream: &str,
    shard: u32,
    ending: SequenceNumber,
) -> rusqlite::Result<()> {
    let statement = "UPDATE shards SET ending = ?3, closed_ms = ?4 WHERE stream = ?1 AND shard = ?2";
    transaction.execute(statement, params![stream, shard, ending.0, now_ms()])?;
    Ok(())
}

/// The open shards of a stream, ordered by range.
pub(super) fn open(transaction: &Transaction<'_>, stream: &str) -> rusqlite::Result<Vec<Shard>> {
    list(transaction, stream, "AND ending IS NULL ORDER BY first")
}

/// All shards of a stream that have not expired, ordered by number.
pub(super) fn all(transaction: &Transaction<'_>, stream: &str) -> rusqlite::Result<Vec<Shard>> {
    list(transaction, stream, "ORDER BY shard")
}

fn list(transaction: &Transaction<'_>, stream: &str, rest: &str) -> rusqlite::Result<Vec<Shard>> {
    let mut statement = transaction.prepare_cached(&format!("{SELECT} {rest}"))?;
    statement.query_map([stream], shard)?.collect()
}

fn shard(row: &Row<'_>) -> rusqlite::Result<Shard> {
    Ok(Shard {
        number: row.get(0)?,
        parent: row.get(1)?,
        adjacent_parent: row.get(2)?,
        first: u128::from_be_bytes(row.get(3)?),
        last: u128::from_be_bytes(row.get(4)?),
        starting: SequenceNumber(row.get(5)?),
        ending: row.get::<_, Option<i64>>(6)?.map(SequenceNumber),
        opened_ms: row.get(7)?,
        closed_ms: row.get(8)?,
    })
}
