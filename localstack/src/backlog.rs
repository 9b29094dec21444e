//! The unfinished work: changes that are not in the stream yet, and records that a mapping has not finished. If both
//! are zero, the projections have processed every commit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use stack_base::store::{Location, SqliteError, SqliteStore};
use stack_dynamodb::DynamoDb;
use stack_dynamodb::bridge::{BridgeError, Outbox};
use stack_kinesis::{Kinesis, KinesisError, undelivered};
use stack_template::{EventSourceMapping, Template};

/// The unfinished work at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Backlog {
    /// Number of changes per table that are not in its stream yet.
    unpublished: BTreeMap<String, u64>,
    /// Number of records per mapping that it has not finished.
    undelivered: BTreeMap<String, u64>,
}

/// Why the backlog cannot be determined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BacklogError {
    #[error(transparent)]
    Stream(#[from] KinesisError),
    #[error(transparent)]
    Store(#[from] SqliteError),
}

/// Determines the backlog. Clones share the connections.
#[derive(Clone)]
pub(crate) struct BacklogReader(Arc<Inner>);

struct Inner {
    store: SqliteStore,
    kinesis: Kinesis,
    mappings: Vec<EventSourceMapping>,
    outboxes: Mutex<Vec<Outbox>>,
}

impl BacklogReader {
    /// Opens the backlog of a template's tables and mappings.
    ///
    /// # Errors
    /// [`BridgeError`] when an outbox cannot be opened.
    pub(crate) fn new(
        template: &Template,
        engine: &DynamoDb,
        location: &Location,
        store: &SqliteStore,
        kinesis: &Kinesis,
    ) -> Result<Self, BridgeError> {
        let published = template.tables.iter().filter(|table| table.change_stream.is_some());
        let open = |name: &String| Outbox::open(engine.database().clone(), location, name);
        let outboxes: Vec<Outbox> = published.map(|table| open(&table.name)).collect::<Result<_, _>>()?;
        let (store, kinesis, mappings) = (store.clone(), kinesis.clone(), template.mappings.clone());
        Ok(Self(Arc::new(Inner { store, kinesis, mappings, outboxes: Mutex::new(outboxes) })))
    }

    /// Number of changes per table that are not in its stream yet.
    pub(crate) fn unpublished(&self) -> Result<BTreeMap<String, u64>, BacklogError> {
        let Inner { kinesis, outboxes, .. } = &*self.0;
        let mut unpublished = BTreeMap::new();
        for outbox in outboxes.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let count = outbox.count(kinesis.position_of(outbox.table())?)?;
            unpublished.insert(outbox.table().to_owned(), count);
        }
        Ok(unpublished)
    }

    /// The unfinished work now.
    pub(crate) fn now(&self) -> Result<Backlog, BacklogError> {
        let Inner { store, mappings, .. } = &*self.0;
        let unpublished = self.unpublished()?;
        // The mappings are counted after the outboxes. A change that is published in between is therefore counted at
        // least once.
        let undelivered = mappings
            .iter()
            .map(|mapping| Ok::<_, SqliteError>((mapping.id.clone(), undelivered(store, mapping)?)));
        Ok(Backlog { unpublished, undelivered: undelivered.collect::<Result<_, _>>()? })
    }
}
