//! The DynamoDB adapter of the event store's ports.
//!
//! One item of the event table is one [`Commit`]. [`CommitItem`] is that item without any types of the SDK, so the same
//! decoder reads the table and the table's change stream.

mod append;
mod item;
mod load;
mod scan;

use std::num::NonZeroU16;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    StoreError, StreamId, StreamVersion,
};

pub use item::{Attributes, CommitItem, InvalidItem};

/// An event store in one DynamoDB table with the string key `pk` and the number key `sk`.
///
/// The store has no state of its own. Clones share the client's connections.
#[derive(Debug, Clone)]
pub struct DynamoEventStore {
    table: Table,
    side: &'static str,
}

impl DynamoEventStore {
    /// The store in `table`, as commands use it. `client` reaches DynamoDB and defines the timeouts and retries.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table), side: "command" }
    }

    /// The same store, used by `side`. All spans of the store name the side (`cqrs.side`).
    #[must_use]
    pub fn on_side(self, side: &'static str) -> Self {
        Self { side, ..self }
    }
}

impl EventReader for DynamoEventStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        load::load(&self.table, self.side, load).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        load::commits_after(&self.table, self.side, stream, after, limit).await
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        scan::load_all(&self.table, self.side, segment, from, page).await
    }
}

impl EventAppender for DynamoEventStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        append::append(&self.table, self.side, commit).await
    }

    async fn pause(&self, longest: Duration) {
        dynamo::random_pause(longest).await;
    }
}
