//! A table's outbox: the engine's stream records, read through the engine and trimmed beside it.
//!
//! The engine never deletes a stream record, and numbers each new one by looking at all that are there. The outbox
//! therefore trims what is published through a connection of its own. It always leaves the newest, from which the
//! engine takes the next number.

use dynoxide::Database;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::encode_shard_iterator;
use dynoxide::streams::shard_id;
use rusqlite::{Connection, params};
use stack_base::store::{Location, StoreError};
use stack_kinesis::KinesisError;

/// What the engine adds to a stored number to make a public one.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

/// A table's changes cannot be read or published.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The engine refused to read its outbox.
    #[error("changes cannot be read: {0}")]
    Read(#[from] dynoxide::DynoxideError),
    /// The engine gave something that is not a change.
    #[error("a change cannot be read: {0}")]
    Malformed(String),
    /// The outbox cannot be opened or trimmed.
    #[error("changes cannot be trimmed: {0}")]
    Trim(#[from] StoreError),
    /// The stream refused.
    #[error("changes cannot be published: {0}")]
    Publish(#[from] KinesisError),
}

/// A change and its place in the outbox.
pub(super) struct Change {
    /// Increases with every change; microseconds since the epoch, or one more than the change before.
    pub(super) position: i64,
    /// The engine's stream record.
    pub(super) record: Record,
}

/// One table's outbox.
pub struct Outbox {
    database: Database,
    connection: Connection,
    table: String,
}

impl Outbox {
    /// Opens the outbox of a table beside the engine.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(database: Database, location: &Location, table: &str) -> Result<Self, StoreError> {
        let connection = Connection::open(location.database("dynamodb"))?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self { database, connection, table: table.to_owned() })
    }

    /// Name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The next changes after a position, in order.
    pub(super) fn read(&self, after: i64, limit: usize) -> Result<Vec<Change>, BridgeError> {
        let shard_iterator = encode_shard_iterator(&self.table, &shard_id(&self.table), after);
        let request = GetRecordsRequest { shard_iterator, limit: Some(limit) };
        self.database.get_records(request)?.records.into_iter().map(change).collect()
    }

    /// How many changes there are after a position.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn count(&self, after: i64) -> Result<u64, StoreError> {
        let count: i64 = self.connection.query_row(
            "SELECT COUNT(*) FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2",
            params![self.table, after],
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }

    /// Deletes the changes before a position.
    pub(super) fn trim(&self, before: i64) -> Result<(), StoreError> {
        self.connection.execute(
            "DELETE FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2",
            params![self.table, before],
        )?;
        Ok(())
    }
}

fn change(record: Record) -> Result<Change, BridgeError> {
    let public = &record.dynamodb.sequence_number;
    let stored = public.parse::<u128>().ok().and_then(|number| number.checked_sub(PUBLIC_OFFSET));
    let position = stored.and_then(|number| i64::try_from(number).ok());
    let position = position.ok_or_else(|| BridgeError::Malformed(format!("its number is {public}")))?;
    Ok(Change { position, record })
}
