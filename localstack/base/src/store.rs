//! The stack's own SQLite database. The services that keep something in it bring their schemas.
//!
//! One code path serves both modes: in memory the database ends with the process; in a data directory it is a file
//! in WAL mode with SQLite's default `synchronous=FULL`, so what was answered is still there after `kill -9` and
//! after a power cut.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Transaction};
use uuid::Uuid;

/// The database cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("the stack's database failed: {0}")]
pub struct StoreError(#[from] rusqlite::Error);

/// Where the stack keeps its databases.
#[derive(Debug, Clone)]
pub enum Location {
    /// In memory, under a name that is this run's alone.
    Memory(Uuid),
    /// Files in this directory, which must exist.
    Directory(PathBuf),
}

impl Location {
    /// What SQLite opens for the database called `name`.
    ///
    /// SQLite's `memdb` VFS lets several connections of this process share a database in memory.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        match self {
            Self::Memory(run) => format!("file:/{name}-{run}?vfs=memdb"),
            Self::Directory(directory) => directory.join(format!("{name}.sqlite")).display().to_string(),
        }
    }
}

/// The open database; clones share one connection.
#[derive(Debug, Clone)]
pub struct Store(Arc<Mutex<Connection>>);

impl Store {
    /// Opens the database. Each service brings its schema, which creates the tables that are not there yet.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be opened or is not a database.
    pub fn open<'s>(
        location: &Location,
        schemas: impl IntoIterator<Item = &'s str>,
    ) -> Result<Self, StoreError> {
        let connection = Connection::open(location.database("stack"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        for schema in schemas {
            connection.execute_batch(schema)?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// A database in memory that nothing else sees.
    ///
    /// # Errors
    /// [`StoreError`] when SQLite has no memory left.
    pub fn in_memory<'s>(schemas: impl IntoIterator<Item = &'s str>) -> Result<Self, StoreError> {
        Self::open(&Location::Memory(Uuid::new_v4()), schemas)
    }

    /// Runs `work` in one transaction: all of it is stored, or nothing.
    ///
    /// # Errors
    /// [`StoreError`] from `work` or from the commit.
    pub fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        // A panic elsewhere rolled its transaction back, so the connection is still good.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Runs one statement, and gives how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn execute(&self, statement: &str, parameters: impl Params) -> Result<usize, StoreError> {
        self.transaction(|transaction| transaction.execute(statement, parameters))
    }

    /// The value that a query gives; its one row has one column.
    ///
    /// # Errors
    /// [`StoreError`], also when there is no row.
    pub fn value<T: FromSql>(&self, query: &str, parameters: impl Params) -> Result<T, StoreError> {
        self.transaction(|transaction| transaction.query_row(query, parameters, |row| row.get(0)))
    }
}
