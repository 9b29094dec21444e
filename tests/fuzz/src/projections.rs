//! Runs every projection as its function does, on an in-memory event store and a fake query table.

use std::time::Duration;

use event_stream::Batch;
use projection::{Registered, Stores, WrittenTables};
use projections::registry;
use testing_in_memory::{InMemoryDeadLetters, InMemoryEventStore, StoppedClock, kinesis};
use tokio::time::Instant;
use view_store::QueryTable;

use crate::database::Database;

/// The time until the deadline. No batch takes so long.
const TIME: Duration = Duration::from_mins(1);

/// Projects `batch` through every projection. Checks that no record fails the batch and that unreadable records become
/// dead letters.
pub(crate) async fn project(batch: &Batch) {
    let (name, timeline) = ("views".to_owned(), kinesis::EVENT_TABLE.to_owned());
    let table = QueryTable { client: Database::without_requests().client(), name, timeline };
    let (events, clock) = (InMemoryEventStore::default(), StoppedClock::shared());
    let stores = Stores { events, tables: WrittenTables::only(table), clock };
    for Registered { name, connect } in registry::all() {
        let letters = InMemoryDeadLetters::default();
        let (response, _) = connect(&stores).project(batch, &letters, Instant::now() + TIME).await;
        assert_eq!(response.batch_item_failures, [], "{name} reports failed records");
        assert!(letters.take().len() <= batch.records.len(), "{name} sends more dead letters than records");
    }
}
