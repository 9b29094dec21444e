//! The stack's `DynamoDB`: the `dynoxide` engine with its HTTP server and the template's tables, the [proxy] that
//! forwards calls to it, and the [bridge] that publishes table changes into Kinesis.
//!
//! In memory, the database ends with the process. In a data directory, it is a SQLite file in WAL mode with SQLite's
//! default `synchronous=FULL`, so an acknowledged write is on disk. A sweep deletes expired items once a minute. AWS
//! only promises "within a few days".

pub mod bridge;
mod definition;
mod destinations;
mod operations;
pub mod proxy;
mod table_arns;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dynoxide::Database;
use dynoxide::actions::get_shard_iterator::decode_shard_iterator;
use stack_base::stop::Stopped;
use stack_base::store::Location;
use stack_template::Table;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use definition::DynamoDbError;
pub use destinations::{DESTINATIONS_SCHEMA, Destinations};
pub use operations::Api;

/// Interval between sweeps for expired items.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// The id of the only shard of a table's stream.
#[must_use]
pub fn stream_shard_id(table: &str) -> String {
    dynoxide::streams::shard_id(table)
}

/// The table of a shard iterator of `DynamoDB` Streams; `None` if the iterator is malformed.
#[must_use]
pub fn table_of_iterator(iterator: &str) -> Option<String> {
    decode_shard_iterator(iterator).map(|(table, ..)| table)
}

/// Announces that a table may have changed. Clones announce to the same listeners.
#[derive(Debug, Clone, Default)]
pub struct Changes(watch::Sender<()>);

impl Changes {
    /// Wakes every listener.
    pub fn announce(&self) {
        self.0.send_replace(());
    }

    /// Creates a listener for future changes.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// The running engine.
pub struct DynamoDb {
    database: Database,
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl DynamoDb {
    /// Opens the database, creates missing tables, gives the stored ones the template's stream and time to live, and serves
    /// on a free loopback port.
    ///
    /// # Errors
    /// [`DynamoDbError`] when the database cannot be opened, a table cannot be created, a stored table has another
    /// definition, or no port is free.
    pub async fn start(
        location: &Location,
        tables: &[Table],
        changes: &Changes,
        stopped: Stopped,
    ) -> Result<Self, DynamoDbError> {
        let database = Database::new(&location.database("dynamodb"))?;
        for table in tables {
            definition::create(&database, table)?;
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(DynamoDbError::Listen)?;
        let address = listener.local_addr().map_err(DynamoDbError::Listen)?;
        let server = tokio::spawn(serve(listener, database.clone(), stopped.clone()));
        let sweeper = tokio::spawn(sweep(database.clone(), changes.clone(), stopped));
        Ok(Self { database, address, tasks: [server, sweeper] })
    }

    /// Address of the engine's HTTP server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether there is a table with this name.
    ///
    /// # Errors
    /// [`DynamoDbError`] when the engine fails.
    pub fn has_table(&self, name: &str) -> Result<bool, DynamoDbError> {
        Ok(self.database.get_table_metadata(name)?.is_some())
    }

    /// The engine itself.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn serve(listener: TcpListener, database: Database, mut stopped: Stopped) {
    let shutdown = async move { stopped.wait().await };
    if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, shutdown).await {
        tracing::error!(error, "the DynamoDB server failed; restart the stack");
    }
}

async fn sweep(database: Database, changes: Changes, mut stopped: Stopped) {
    loop {
        tokio::select! {
            () = stopped.wait() => return,
            () = tokio::time::sleep(SWEEP_INTERVAL) => {}
        }
        let database = database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => changes.announce(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "cannot delete expired items; retrying at the next sweep");
            }
            Err(error) => {
                tracing::warn!(%error, "the sweep for expired items panicked; retrying at the next sweep");
            }
        }
    }
}

#[cfg(test)]
mod tests;
