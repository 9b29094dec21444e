//! The generations of the query table that a projection writes.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use es_core::WriteError;
use futures::future::BoxFuture;
use view_store::{
    DynamoGenerations, Generation, Generations, OtherWritten, QueryTable, QueryTables, ReadError,
};

use crate::ExtraTime;

/// Stores how many streams a generation missed. The count decides whether an operator may cut over to the generation.
pub trait MissedStreams: Send + Sync {
    /// Adds `streams` to the count.
    ///
    /// # Errors
    /// [`WriteError`] if the count was not confirmed.
    fn add(&self, streams: u64) -> BoxFuture<'_, Result<(), WriteError>>;
}

/// The count of one generation in the switch.
struct MissedInSwitch {
    store: DynamoGenerations,
    generation: Generation,
}

impl MissedStreams for MissedInSwitch {
    fn add(&self, streams: u64) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(self.store.add_missed(self.generation, streams))
    }
}

/// The tables that a projection writes.
#[derive(Clone)]
pub struct WrittenTables {
    /// The table of the generation that queries read.
    pub live: QueryTable,
    /// The table of the other generation, if it is written as well.
    pub other: Option<OtherTable>,
}

/// The table of the generation that queries do not read.
#[derive(Clone)]
pub struct OtherTable {
    /// The table.
    pub table: QueryTable,
    /// How a batch treats the generation.
    pub policy: OtherPolicy,
}

/// How a batch treats the generation that queries do not read.
#[derive(Clone)]
pub struct OtherPolicy {
    /// Whether a batch is done only when this generation has it, too.
    pub is_strict: bool,
    /// Counts the streams that this generation misses.
    pub missed: Arc<dyn MissedStreams>,
    /// Whether batches wait for this generation. The batches of one sandbox share this.
    pub extra_time: Arc<ExtraTime>,
}

impl WrittenTables {
    /// The table of the live generation only.
    #[must_use]
    pub const fn only(live: QueryTable) -> Self {
        Self { live, other: None }
    }
}

/// Both generations of the query table, as a function that writes views knows them.
pub struct WritableTables {
    /// The client that reaches the tables.
    pub client: Client,
    /// The tables.
    pub tables: QueryTables,
    /// The name of the event table from which the views are made.
    pub event_table: String,
    extra_time: Arc<ExtraTime>,
}

impl WritableTables {
    /// The tables of both generations. `client` reaches them.
    #[must_use]
    pub fn new(client: Client, tables: QueryTables, event_table: String) -> Self {
        Self { client, tables, event_table, extra_time: Arc::default() }
    }

    /// The tables that a projection writes now. This sends a request only if the known state is too old.
    ///
    /// # Errors
    /// [`ReadError`] if the switch cannot be read.
    pub async fn written(&self) -> Result<WrittenTables, ReadError> {
        Ok(self.written_in(&self.tables.known.current().await?))
    }

    /// The tables that a projection writes in the state `generations`.
    #[must_use]
    pub fn written_in(&self, generations: &Generations) -> WrittenTables {
        let other = generations.other_written().map(|OtherWritten { generation, is_strict }| OtherTable {
            table: self.table(generation),
            policy: OtherPolicy {
                is_strict,
                missed: Arc::new(MissedInSwitch { store: self.tables.known.store().clone(), generation }),
                extra_time: Arc::clone(&self.extra_time),
            },
        });
        WrittenTables { live: self.table(generations.live), other }
    }

    /// The table of `generation`.
    #[must_use]
    pub fn table(&self, generation: Generation) -> QueryTable {
        QueryTable {
            client: self.client.clone(),
            name: self.tables.names.table(generation).to_owned(),
            timeline: self.event_table.clone(),
        }
    }
}
