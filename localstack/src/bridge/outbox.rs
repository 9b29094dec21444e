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

use super::BridgeError;
use crate::store::{Location, StoreError};

/// What the engine adds to a stored number to make a public one.
const PUBLIC_OFFSET: u128 = 100_000_000_000_000_000_000;

/// A change and its place in the outbox.
pub(super) struct Change {
    /// Increases with every change; microseconds since the epoch, or one more than the change before.
    pub(super) position: i64,
    /// The engine's stream record.
    pub(super) record: Record,
}

/// One table's outbox.
pub(crate) struct Outbox {
    database: Database,
    connection: Connection,
    table: String,
}

impl Outbox {
    /// Opens the outbox of a table beside the engine.
    pub(crate) fn open(database: Database, location: &Location, table: &str) -> Result<Self, StoreError> {
        let connection = Connection::open(location.of("dynamodb"))?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Self { database, connection, table: table.to_owned() })
    }

    /// Name of the table.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// The next changes after a position, in order.
    pub(super) fn read(&self, after: i64, limit: usize) -> Result<Vec<Change>, BridgeError> {
        let shard_iterator = encode_shard_iterator(&self.table, &shard_id(&self.table), after);
        let request = GetRecordsRequest { shard_iterator, limit: Some(limit) };
        self.database.get_records(request)?.records.into_iter().map(change).collect()
    }

    /// How many changes there are after a position.
    pub(crate) fn count(&self, after: i64) -> Result<u64, StoreError> {
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
