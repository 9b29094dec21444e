//! How far each event source mapping has read a stream. A mapping reads a shard in lanes, and each lane has a
//! checkpoint: the last record it is done with. They are kept beside the records, which are trimmed by them.

use rusqlite::{OptionalExtension, params};
use stack_base::store::{Store, StoreError};
use stack_template::EventSourceMapping;

use super::sequence::SequenceNumber;
use super::shard::Shard;

/// The table of checkpoints.
pub(crate) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS checkpoints (
        mapping TEXT NOT NULL, stream TEXT NOT NULL, shard INTEGER NOT NULL, lane INTEGER NOT NULL,
        lanes INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (mapping, shard, lane)
    ) STRICT;
";

const SAVE: &str = "INSERT OR REPLACE INTO checkpoints VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const SLOWEST: &str = "SELECT MIN(position) FROM checkpoints WHERE mapping = ?1 AND shard = ?2";

/// Records of its stream that a mapping is not done with.
///
/// # Errors
/// [`StoreError`].
pub fn undelivered(store: &Store, mapping: &EventSourceMapping) -> Result<u64, StoreError> {
    let query = "SELECT COUNT(*) FROM records WHERE stream = ?1 AND NOT EXISTS (
        SELECT 1 FROM checkpoints WHERE mapping = ?2 AND checkpoints.shard = records.shard
        AND lane = lane_key % lanes AND position >= sequence)";
    let count: i64 = store.value(query, params![mapping.stream, mapping.id])?;
    Ok(count.unsigned_abs())
}

/// The checkpoint of one lane.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    store: Store,
    mapping: String,
    stream: String,
    /// The shard.
    pub shard: u32,
    /// The lane in it.
    pub lane: u16,
    /// Lanes of each shard.
    pub lanes: u16,
}

impl Checkpoints {
    /// The checkpoint of a mapping's lane.
    #[must_use]
    pub fn new(store: Store, mapping: &EventSourceMapping, shard: u32, lane: u16) -> Self {
        let lanes = mapping.parallelization_factor;
        Self { store, mapping: mapping.id.clone(), stream: mapping.stream.clone(), shard, lane, lanes }
    }

    /// Gives a mapping that never ran the place `position` in every lane of `shards`: those that are there when it
    /// starts. It reads every later shard from its beginning.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn begin(
        store: &Store,
        mapping: &EventSourceMapping,
        shards: &[Shard],
        position: SequenceNumber,
    ) -> Result<(), StoreError> {
        let EventSourceMapping { id, stream, parallelization_factor: lanes, .. } = mapping;
        store.transaction(|transaction| {
            let known =
                transaction.query_row("SELECT 1 FROM checkpoints WHERE mapping = ?1", [id], |_| Ok(()));
            if known.optional()?.is_some() {
                return Ok(());
            }
            for (shard, lane) in
                shards.iter().flat_map(|shard| (0..*lanes).map(move |lane| (shard.number, lane)))
            {
                transaction.execute(SAVE, params![id, stream, shard, lane, lanes, position.0])?;
            }
            Ok(())
        })
    }

    /// Where the lane of a mapping that is furthest behind in a shard is, if it ever was in that shard.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn slowest(
        store: &Store,
        mapping: &EventSourceMapping,
        shard: u32,
    ) -> Result<Option<SequenceNumber>, StoreError> {
        let slowest: Option<i64> = store.value(SLOWEST, params![mapping.id, shard])?;
        Ok(slowest.map(SequenceNumber))
    }

    /// Where the lane goes on, if it ever was anywhere.
    ///
    /// With another number of lanes than before, keys have moved between lanes; then every lane goes on from where
    /// the slowest was, and some records are delivered again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(&self) -> Result<Option<SequenceNumber>, StoreError> {
        let query = "SELECT COALESCE(MAX(position) FILTER (WHERE lane = ?3 AND lanes = ?4), MIN(position)) \
            FROM checkpoints WHERE mapping = ?1 AND shard = ?2";
        let position: Option<i64> =
            self.store.value(query, params![self.mapping, self.shard, self.lane, self.lanes])?;
        Ok(position.map(SequenceNumber))
    }

    /// Stores that everything up to a record is done with.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn save(&self, position: SequenceNumber) -> Result<(), StoreError> {
        let Self { mapping, stream, shard, lane, lanes, .. } = self;
        self.store.execute(SAVE, params![mapping, stream, shard, lane, lanes, position.0])?;
        Ok(())
    }

    /// Forgets the lanes that a smaller parallelization factor no longer has.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_extra_lanes(&self) -> Result<(), StoreError> {
        let statement = "DELETE FROM checkpoints WHERE mapping = ?1 AND shard = ?2 AND lane >= ?3";
        self.store.execute(statement, params![self.mapping, self.shard, self.lanes])?;
        Ok(())
    }
}
