//! `DynamoDB`: the `dynoxide` engine and its HTTP server, with the template's tables; the [proxy] through which calls
//! reach it; and the [bridge] that publishes a table's changes into Kinesis.
//!
//! In memory the database ends with the process. In a data directory it is a SQLite file in WAL mode whose
//! `synchronous` setting is SQLite's default, `FULL`: an acknowledged write is on disk. Expired items are deleted by
//! a sweep once a minute; AWS promises no more than "within a few days".

pub mod bridge;
mod definition;
pub mod proxy;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dynoxide::Database;
use stack_base::stop::Stopped;
use stack_base::store::Location;
use stack_template::Table;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use definition::DynamoDbError;

/// How often expired items are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// Announces that some table may have changed; clones announce to the same listeners.
#[derive(Debug, Clone, Default)]
pub struct Changes(watch::Sender<()>);

impl Changes {
    /// Wakes every listener.
    pub fn announce(&self) {
        self.0.send_replace(());
    }

    /// A listener to changes from now on.
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
    /// Opens the database, creates the tables that are not there yet, and serves on a free loopback port.
    ///
    /// # Errors
    /// [`DynamoDbError`]: the database cannot be opened, a table cannot be created or was stored with another
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

    /// Where the engine's HTTP server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
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
        tracing::error!(error, "the DynamoDB server ended");
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
            Ok(Err(error)) => tracing::warn!(%error, "expired items could not be deleted"),
            Err(error) => tracing::warn!(%error, "the sweep for expired items ended"),
        }
    }
}

#[cfg(test)]
mod tests;
