//! Kinesis streams in this process.
//!
//! A stream is a set of shards. Each shard is an append-only sequence of records in one table of the [`SqliteStore`]. A
//! record goes to the open [shard](Shard) whose range contains the MD5 of its partition key. [Resharding](reshard)
//! closes shards and opens their children. Records and closed shards are kept for the stream's retention period. If a
//! shard holds more than [`KEPT_PER_SHARD`] records, the oldest records that every mapping has finished are deleted
//! earlier. This applies in memory and on disk.

pub mod api;
mod backlog;
mod checkpoints;
mod constraints;
mod error;
mod hash_keys;
mod iterator;
mod listing;
mod members;
mod read_limit;
mod reader;
mod records;
mod requests;
mod reshard;
mod sequence;
mod shard;

use std::collections::BTreeMap;
use std::sync::Arc;

use read_limit::ReadLimit;
use rusqlite::params;
use stack_base::clock::{millis, now_ms};
use stack_base::store::SqliteStore;
use stack_template::Stream;
use tokio::sync::watch;

pub use backlog::ShardBacklog;
pub use checkpoints::{Checkpoints, undelivered};
pub use error::KinesisError;
pub use hash_keys::{number_of_id, shard_id};
pub use iterator::stream_of as iterator_stream;
pub use listing::stream_of_token;
pub use reader::{Record, Slice};
pub use records::{Entry, MAXIMUM_DATA, RecordPosition};
pub use sequence::SequenceNumber;
pub use shard::Shard;

/// The tables of records, shards and checkpoints.
pub const SCHEMAS: [&str; 3] = [records::SCHEMA, shard::SCHEMA, checkpoints::SCHEMA];
/// Number of records per shard that are kept although every mapping has finished them, for readers outside the stack.
pub const KEPT_PER_SHARD: i64 = 50_000;
/// All streams. Clones share them.
#[derive(Debug, Clone)]
pub struct Kinesis(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: SqliteStore,
    streams: BTreeMap<String, Channel>,
}

#[derive(Debug)]
struct Channel {
    retention_ms: i64,
    created_ms: i64,
    is_on_demand: bool,
    arrivals: watch::Sender<()>,
    reshards: watch::Sender<()>,
    reads: ReadLimit,
}

impl Channel {
    /// Wakes the tasks that wait for new records.
    fn announce(&self) {
        self.arrivals.send_replace(());
    }
}

impl Kinesis {
    /// Opens the streams. A stream that is not in the store yet starts with its own number of shards, or else
    /// with `shards` (at least 1).
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub fn open(store: SqliteStore, streams: &[Stream], shards: u32) -> Result<Self, KinesisError> {
        let mut channels = BTreeMap::new();
        for stream in streams {
            store.transaction(|transaction| {
                shard::declare(transaction, &stream.name, stream.shards.unwrap_or(shards).max(1))
            })?;
            let created_ms =
                store.value("SELECT created_ms FROM streams WHERE name = ?1", [stream.name.as_str()])?;
            let (arrivals, reshards) = (watch::Sender::new(()), watch::Sender::new(()));
            let retention_ms = millis(stream.retention);
            let channel = Channel {
                retention_ms,
                created_ms,
                is_on_demand: stream.shards.is_none(),
                arrivals,
                reshards,
                reads: ReadLimit::default(),
            };
            channels.insert(stream.name.clone(), channel);
        }
        Ok(Self(Arc::new(Inner { store, streams: channels })))
    }

    /// Appends records, in order, in one transaction.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`]; [`KinesisError::Store`], in which case no record was appended.
    pub fn put(&self, stream: &str, entries: &[Entry]) -> Result<Vec<RecordPosition>, KinesisError> {
        self.append(stream, entries, None)
    }

    /// Appends records that come from `source`, and stores the position up to which `source` was read in the same
    /// transaction.
    ///
    /// # Errors
    /// The errors of [`Kinesis::put`].
    pub fn put_from(
        &self,
        stream: &str,
        entries: &[Entry],
        source: &str,
        position: i64,
    ) -> Result<Vec<RecordPosition>, KinesisError> {
        self.append(stream, entries, Some((source, position)))
    }

    /// The stored position of `source`, or 0 if none is stored.
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub fn position_of(&self, source: &str) -> Result<i64, KinesisError> {
        let query = "SELECT COALESCE(MAX(position), 0) FROM sources WHERE name = ?1";
        Ok(self.0.store.value(query, [source])?)
    }

    /// A receiver that wakes on every append to the stream and when its shards change.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] for an unknown stream.
    pub fn arrivals(&self, stream: &str) -> Result<watch::Receiver<()>, KinesisError> {
        Ok(self.channel(stream)?.arrivals.subscribe())
    }

    /// A receiver that wakes when the shards of the stream change.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] for an unknown stream.
    pub fn reshards(&self, stream: &str) -> Result<watch::Receiver<()>, KinesisError> {
        Ok(self.channel(stream)?.reshards.subscribe())
    }

    /// The open and closed shards of a stream, ordered by number.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] or [`KinesisError::Store`].
    pub fn shards(&self, stream: &str) -> Result<Vec<Shard>, KinesisError> {
        self.channel(stream)?;
        Ok(self.0.store.transaction(|transaction| shard::all(transaction, stream))?)
    }

    /// Names of all streams.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.streams.keys().map(String::as_str)
    }

    /// Deletes records past their retention period, and finished records beyond [`KEPT_PER_SHARD`].
    ///
    /// # Errors
    /// [`KinesisError::Store`] when the database fails.
    pub fn trim(&self) -> Result<(), KinesisError> {
        self.trim_to(KEPT_PER_SHARD)
    }

    fn trim_to(&self, kept: i64) -> Result<(), KinesisError> {
        for (name, channel) in &self.0.streams {
            let oldest = now_ms() - channel.retention_ms;
            self.0.store.transaction(|transaction| records::trim(transaction, name, oldest, kept))?;
        }
        Ok(())
    }

    fn append(
        &self,
        stream: &str,
        entries: &[Entry],
        source: Option<(&str, i64)>,
    ) -> Result<Vec<RecordPosition>, KinesisError> {
        let channel = self.channel(stream)?;
        let placed = self.0.store.transaction(|transaction| {
            if let Some((source, position)) = source {
                transaction
                    .execute("INSERT OR REPLACE INTO sources VALUES (?1, ?2)", params![source, position])?;
            }
            let open = shard::open(transaction, stream)?;
            entries.iter().map(|entry| records::insert(transaction, stream, &open, entry)).collect()
        })?;
        channel.announce();
        Ok(placed)
    }

    fn channel(&self, stream: &str) -> Result<&Channel, KinesisError> {
        self.0.streams.get(stream).ok_or_else(|| KinesisError::StreamNotFound(stream.to_owned()))
    }

    /// Counts a call of `GetRecords` for a shard.
    ///
    /// # Errors
    /// [`KinesisError::TooManyReads`] beyond the shard's limit; [`KinesisError::StreamNotFound`].
    fn count_read(&self, stream: &str, shard: u32) -> Result<(), KinesisError> {
        let is_admitted = self.channel(stream)?.reads.admits(shard, now_ms());
        let refused = || KinesisError::TooManyReads { stream: stream.to_owned(), shard: shard_id(shard) };
        is_admitted.then_some(()).ok_or_else(refused)
    }

    /// Time when the stream was created, in milliseconds since the epoch.
    fn created_ms(&self, stream: &str) -> Result<i64, KinesisError> {
        Ok(self.channel(stream)?.created_ms)
    }

    fn is_on_demand(&self, stream: &str) -> Result<bool, KinesisError> {
        Ok(self.channel(stream)?.is_on_demand)
    }

    fn store(&self) -> &SqliteStore {
        &self.0.store
    }

    /// Retention period of the stream's records, in milliseconds.
    ///
    /// # Errors
    /// [`KinesisError::StreamNotFound`] for an unknown stream.
    pub fn retention_ms(&self, stream: &str) -> Result<i64, KinesisError> {
        Ok(self.channel(stream)?.retention_ms)
    }
}

#[cfg(test)]
mod tests;
