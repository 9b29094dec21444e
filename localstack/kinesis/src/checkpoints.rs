//! Checkpoints of event source mappings. A mapping reads a shard in lanes. The checkpoint of a lane is the last record
//! that the lane has finished. The checkpoints are in the same database as the records, because trimming depends on
//! them.

use rusqlite::{OptionalExtension, params};
use stack_base::store::{SqliteError, SqliteStore};
use stack_template::EventSourceMapping;

use super::sequence::SequenceNumber;

/// The table that stores the checkpoints.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS checkpoints (
        mapping TEXT NOT NULL, stream TEXT NOT NULL, shard INTEGER NOT NULL, lane INTEGER NOT NULL,
        lanes INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (mapping, shard, lane)
    ) STRICT;
";

const SAVE: &str = "INSERT OR REPLACE INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SLOWEST: &str = "SELECT MIN(position) FROM checkpoints WHERE mapping = ?1 AND shard = ?2";

/// Whether the mapping `?2` has finished a record: the checkpoint of the record's lane has reached it.
pub(super) const IS_FINISHED: &str = "EXISTS (SELECT 1 FROM checkpoints WHERE mapping = ?2 \
    AND checkpoints.shard = records.shard AND lane = lane_key % lanes AND position >= sequence)";

/// Number of records in the mapping's stream that the mapping has not finished.
///
/// # Errors
/// [`SqliteError`] when the query fails.
pub fn undelivered(store: &SqliteStore, mapping: &EventSourceMapping) -> Result<u64, SqliteError> {
    let query = format!("SELECT COUNT(*) FROM records WHERE stream = ?1 AND NOT {IS_FINISHED}");
    let count: i64 = store.value(&query, params![mapping.source.record_stream(), mapping.id])?;
    Ok(count.unsigned_abs())
}

/// The checkpoint of one lane.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    store: SqliteStore,
    mapping: String,
    stream: String,
    /// The shard.
    pub shard: u32,
    /// The lane in the shard.
    pub lane: u16,
    /// Number of lanes per shard.
    pub lanes: u16,
}

impl Checkpoints {
    /// Creates the handle for a lane's checkpoint.
    #[must_use]
    pub fn new(store: SqliteStore, mapping: &EventSourceMapping, shard: u32, lane: u16) -> Self {
        let lanes = mapping.parallelization_factor;
        Self {
            store,
            mapping: mapping.id.clone(),
            stream: mapping.source.record_stream(),
            shard,
            lane,
            lanes,
        }
    }

    /// Sets the checkpoint of every lane in `shards` to the shard's position, if the mapping has no checkpoints yet.
    /// `shards` are the numbers of the shards that exist when the mapping starts. The mapping reads each later shard from
    /// its beginning.
    ///
    /// # Errors
    /// [`SqliteError`] when the transaction fails.
    pub fn begin(
        store: &SqliteStore,
        mapping: &EventSourceMapping,
        shards: &[(u32, SequenceNumber)],
    ) -> Result<(), SqliteError> {
        let EventSourceMapping { id, source, parallelization_factor: lanes, .. } = mapping;
        let stream = source.record_stream();
        store.transaction(|transaction| {
            let known =
                transaction.query_row("SELECT 1 FROM checkpoints WHERE mapping = ?1", [id], |_| Ok(()));
            if known.optional()?.is_some() {
                return Ok(());
            }
            for (shard, position) in shards {
                for lane in 0..*lanes {
                    transaction.execute(SAVE, params![id, stream, shard, lane, lanes, position.0])?;
                }
            }
            Ok(())
        })
    }

    /// The lowest checkpoint of the mapping's lanes in a shard, or `None` if the mapping has none there.
    ///
    /// # Errors
    /// [`SqliteError`] when the query fails.
    pub fn slowest(
        store: &SqliteStore,
        mapping: &EventSourceMapping,
        shard: u32,
    ) -> Result<Option<SequenceNumber>, SqliteError> {
        let slowest: Option<i64> = store.value(SLOWEST, params![mapping.id, shard])?;
        Ok(slowest.map(SequenceNumber))
    }

    /// The checkpoint of this lane, or `None` if the mapping has none in this shard.
    ///
    /// If the number of lanes has changed, keys have moved between lanes. Every lane then continues from the lowest
    /// checkpoint, and some records are delivered again.
    ///
    /// # Errors
    /// [`SqliteError`] when the query fails.
    pub fn load(&self) -> Result<Option<SequenceNumber>, SqliteError> {
        let query = "SELECT COALESCE(MAX(position) FILTER (WHERE lane = ?3 AND lanes = ?4), MIN(position)) \
            FROM checkpoints WHERE mapping = ?1 AND shard = ?2";
        let position: Option<i64> =
            self.store.value(query, params![self.mapping, self.shard, self.lane, self.lanes])?;
        Ok(position.map(SequenceNumber))
    }

    /// Stores that the lane has finished every record up to `position`.
    ///
    /// # Errors
    /// [`SqliteError`] when the write fails.
    pub fn save(&self, position: SequenceNumber) -> Result<(), SqliteError> {
        let Self { mapping, stream, shard, lane, lanes, .. } = self;
        self.store.execute(SAVE, params![mapping, stream, shard, lane, lanes, position.0])?;
        Ok(())
    }

    /// Deletes the checkpoints of lanes that no longer exist because the parallelization factor became smaller.
    ///
    /// # Errors
    /// [`SqliteError`] when the write fails.
    pub fn forget_extra_lanes(&self) -> Result<(), SqliteError> {
        let statement = "DELETE FROM checkpoints WHERE mapping = ?1 AND shard = ?2 AND lane >= ?3";
        self.store.execute(statement, params![self.mapping, self.shard, self.lanes])?;
        Ok(())
    }
}
