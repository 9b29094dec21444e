//! `DynamoDB`: the `dynoxide` engine and its HTTP server, with the template's tables.
//!
//! In memory the database ends with the process. In a data directory it is a SQLite file in WAL mode whose
//! `synchronous` setting is SQLite's default, `FULL`: an acknowledged write is on disk. Expired items are deleted by
//! a sweep once a minute; AWS promises no more than "within a few days".

mod definition;
mod error;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use error::DynamoDbError;

use crate::stop::Stopped;
use crate::store::Location;
use crate::template::Table;

/// How often expired items are looked for.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);

/// Announces that some table may have changed; clones announce to the same listeners.
#[derive(Debug, Clone)]
pub(crate) struct Changes(watch::Sender<()>);

impl Changes {
    /// An announcer without listeners.
    pub(crate) fn new() -> Self {
        Self(watch::channel(()).0)
    }

    /// Wakes every listener.
    pub(crate) fn announce(&self) {
        self.0.send_replace(());
    }

    /// A listener to changes from now on.
    pub(crate) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}

/// The running engine.
pub(crate) struct DynamoDb {
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
    pub(crate) async fn start(
        location: &Location,
        tables: &[Table],
        changes: &Changes,
        stopped: Stopped,
    ) -> Result<Self, DynamoDbError> {
        let database = Database::new(&location.of("dynamodb"))?;
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
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The engine itself.
    pub(crate) fn database(&self) -> &Database {
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
