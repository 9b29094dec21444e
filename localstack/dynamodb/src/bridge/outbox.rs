//! A table's outbox: the engine's stream records. The bridge reads them through the engine and trims them in the
//! database directly.
//!
//! The engine never deletes a stream record, and computes the number of a new record from all existing ones. The outbox
//! therefore trims published records through its own connection. It always keeps the newest record, because the engine
//! derives the next number from it.

use dynoxide::Database;
use dynoxide::actions::get_records::{GetRecordsRequest, Record};
use dynoxide::actions::get_shard_iterator::encode_shard_iterator;
use dynoxide::streams::shard_id;
use rusqlite::{Connection, params};
use stack_base::store::{Location, SqliteError};
use stack_kinesis::KinesisError;

/// Offset between a stored number and the sequence number that the engine returns.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

/// Why a table's changes cannot be read or published.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The engine failed to read its outbox.
    #[error("changes cannot be read: {0}")]
    Read(#[from] dynoxide::DynoxideError),
    /// The engine returned a record that is not a valid change.
    #[error("a change cannot be read: {0}")]
    Malformed(String),
    /// The outbox cannot be opened or trimmed.
    #[error("changes cannot be trimmed: {0}")]
    Trim(#[from] SqliteError),
    /// The Kinesis stream refused the records.
    #[error("changes cannot be published: {0}")]
    Publish(#[from] KinesisError),
}

/// A change and its position in the outbox.
pub(super) struct Change {
    /// Increases with every change. It is the time in microseconds since the epoch, or the previous position plus one.
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
    /// Opens a table's outbox with a second connection to the engine's database.
    ///
    /// # Errors
    /// [`SqliteError`] when the database cannot be opened.
    pub fn open(database: Database, location: &Location, table: &str) -> Result<Self, SqliteError> {
        let connection = Connection::open(location.database("dynamodb"))?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self { database, connection, table: table.to_owned() })
    }

    /// Name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Reads the next changes after a position, in order.
    pub(super) fn read(&self, after: i64, limit: usize) -> Result<Vec<Change>, BridgeError> {
        let shard_iterator = encode_shard_iterator(&self.table, &shard_id(&self.table), after);
        let request = GetRecordsRequest { shard_iterator, limit: Some(limit) };
        self.database.get_records(request)?.records.into_iter().map(change).collect()
    }

    /// Counts the changes after a position.
    ///
    /// # Errors
    /// [`SqliteError`] when the query fails.
    pub fn count(&self, after: i64) -> Result<u64, SqliteError> {
        let count: i64 = self.connection.query_row(
            "SELECT COUNT(*) FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) > ?2",
            params![self.table, after],
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }

    /// Deletes the changes before a position.
    pub(super) fn trim(&self, before: i64) -> Result<(), SqliteError> {
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
    let position =
        position.ok_or_else(|| BridgeError::Malformed(format!("its sequence number is {public}")))?;
    Ok(Change { position, record })
}
