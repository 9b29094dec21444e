//! The stack's SQLite database. Each service that stores data in it supplies its own schema.
//!
//! One code path serves both modes. In memory, the database ends with the process. In a data directory, it is a file in
//! WAL mode with SQLite's default `synchronous=FULL`. Acknowledged writes therefore survive `kill -9` and a power cut.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::FromSql;
use rusqlite::{Connection, Params, Transaction};
use uuid::Uuid;

/// The database cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[error("the stack's database failed: {0}")]
pub struct SqliteError(#[from] rusqlite::Error);

/// Where the stack keeps its databases.
#[derive(Debug, Clone)]
pub enum Location {
    /// In memory, under a name that is unique to this run.
    Memory(Uuid),
    /// Files in this directory, which must exist.
    Directory(PathBuf),
}

impl Location {
    /// The path or URI that SQLite opens for the database called `name`.
    ///
    /// SQLite's `memdb` VFS lets several connections of this process share an in-memory database.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        match self {
            Self::Memory(run) => format!("file:/{name}-{run}?vfs=memdb"),
            Self::Directory(directory) => directory.join(format!("{name}.sqlite")).display().to_string(),
        }
    }
}

/// The open database. Clones share one connection.
#[derive(Debug, Clone)]
pub struct SqliteStore(Arc<Mutex<Connection>>);

impl SqliteStore {
    /// Opens the database. Each schema creates its tables if they do not exist yet.
    ///
    /// # Errors
    /// [`SqliteError`] when the file cannot be opened or is not a database.
    pub fn open<'s>(
        location: &Location,
        schemas: impl IntoIterator<Item = &'s str>,
    ) -> Result<Self, SqliteError> {
        let connection = Connection::open(location.database("stack"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        for schema in schemas {
            connection.execute_batch(schema)?;
        }
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Opens an in-memory database that nothing else can see.
    ///
    /// # Errors
    /// [`SqliteError`] when SQLite has no memory left.
    pub fn in_memory<'s>(schemas: impl IntoIterator<Item = &'s str>) -> Result<Self, SqliteError> {
        Self::open(&Location::Memory(Uuid::new_v4()), schemas)
    }

    /// Runs `work` in one transaction: everything is stored or nothing.
    ///
    /// # Errors
    /// [`SqliteError`] from `work` or the commit.
    pub fn transaction<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, SqliteError> {
        // A panic in another thread rolled back its transaction, so the connection is still usable.
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Runs one statement and returns the number of changed rows.
    ///
    /// # Errors
    /// [`SqliteError`] when the statement fails.
    pub fn execute(&self, statement: &str, parameters: impl Params) -> Result<usize, SqliteError> {
        self.transaction(|transaction| transaction.execute(statement, parameters))
    }

    /// Returns the value of a query that yields one row with one column.
    ///
    /// # Errors
    /// [`SqliteError`] when the query fails or yields no row.
    pub fn value<T: FromSql>(&self, query: &str, parameters: impl Params) -> Result<T, SqliteError> {
        self.transaction(|transaction| transaction.query_row(query, parameters, |row| row.get(0)))
    }
}
