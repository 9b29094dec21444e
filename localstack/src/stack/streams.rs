//! The streams and queues of the stack, and the bridges that fill the streams with the changes of tables.

use std::collections::BTreeSet;
use std::time::Duration;

use stack_base::chaos::Chaos;
use stack_base::stop::Stopped;
use stack_base::store::SqliteStore;
use stack_dynamodb::bridge::{Bridge, table_stream};
use stack_dynamodb::{Changes, DESTINATIONS_SCHEMA, DynamoDb};
use stack_kinesis::Kinesis;
use stack_sqs::Sqs;
use stack_template::{EventSource, Stream, Template};

use super::data::DataDirectory;
use super::error::StackError;
use super::running::Stage;

/// Number of shards of a new on-demand stream (Kinesis developer guide, "Choose the right mode in Kinesis Data Streams").
const ON_DEMAND_SHARDS: u32 = 4;
/// Interval at which old records are trimmed from the streams.
const TRIM_INTERVAL: Duration = Duration::from_mins(1);

/// The streams and queues, and the file that has them.
pub(super) struct Streams {
    pub(super) store: SqliteStore,
    pub(super) kinesis: Kinesis,
    pub(super) sqs: Sqs,
    /// The streams of the tables in `read_tables`.
    pub(super) of_tables: Kinesis,
    /// Names of the tables whose own streams are read by mappings.
    read_tables: BTreeSet<String>,
}

impl Streams {
    /// Opens the streams and queues of a template.
    ///
    /// # Errors
    /// [`StackError`] if the file cannot be opened.
    pub(super) fn open(
        template: &Template,
        data: &DataDirectory,
        aws_endpoint: &str,
    ) -> Result<Self, StackError> {
        let schemas = stack_kinesis::SCHEMAS.into_iter().chain([stack_sqs::SCHEMA, DESTINATIONS_SCHEMA]);
        let store = SqliteStore::open(&data.location, schemas)?;
        let kinesis = Kinesis::open(store.clone(), &template.streams, ON_DEMAND_SHARDS)?;
        let sqs = Sqs::open(store.clone(), &template.queues, aws_endpoint)?;
        let table = |source: &EventSource| match source {
            EventSource::DynamoDb { table } => Some(table.clone()),
            EventSource::Kinesis { .. } | EventSource::Sqs { .. } => None,
        };
        let read_tables: BTreeSet<String> =
            template.mappings.iter().filter_map(|mapping| table(&mapping.source)).collect();
        let table_streams: Vec<Stream> = read_tables.iter().map(|table| table_stream(table)).collect();
        let table_streams = Kinesis::open(store.clone(), &table_streams, 1)?;
        Ok(Self { store, kinesis, sqs, of_tables: table_streams, read_tables })
    }

    /// Starts the bridges that publish the changes of tables, and the removal of old records.
    ///
    /// # Errors
    /// [`StackError`] if a table's changes cannot be read.
    pub(super) fn start_bridges(
        &self,
        template: &Template,
        engine: &DynamoDb,
        data: &DataDirectory,
        changes: &Changes,
        chaos: &Chaos,
        back: &mut Stage,
    ) -> Result<(), StackError> {
        let Self { kinesis, of_tables: table_streams, read_tables, .. } = self;
        for table in &template.tables {
            let has_stream = read_tables.contains(&table.name);
            if let Some(bridge) = Bridge::open(table, engine, &data.location, kinesis, chaos, has_stream)? {
                back.tasks.push(bridge.start(changes, back.stop.listen()));
            }
        }
        for table in read_tables {
            let bridge = Bridge::open_table_stream(table, engine, &data.location, table_streams)?;
            back.tasks.push(bridge.start(changes, back.stop.listen()));
        }
        for streams in [kinesis, table_streams] {
            back.tasks.push(tokio::spawn(trim(streams.clone(), back.stop.listen())));
        }
        Ok(())
    }
}

async fn trim(kinesis: Kinesis, mut stopped: Stopped) {
    loop {
        tokio::select! {
            () = stopped.wait() => return,
            () = tokio::time::sleep(TRIM_INTERVAL) => {}
        }
        if let Err(error) = kinesis.trim() {
            tracing::warn!(%error, "cannot trim old records; retrying in a minute");
        }
    }
}
