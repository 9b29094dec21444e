//! The store: a client, the table it works on, and the two ports it serves.

use std::num::NonZeroU16;

use aws_sdk_dynamodb::Client;
use es_core::{
    AppendError, Appended, Commit, EventAppender, EventReader, Load, ScanCursor, ScanPage, Segment,
    StoreError, StreamId, StreamVersion,
};

use crate::{append, load, scan};

/// An event store in one DynamoDB table with the string key `pk` and the number key `sk`.
///
/// It holds no state of its own: clones share the client's connections.
#[derive(Debug, Clone)]
pub struct DynamoEventStore {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl DynamoEventStore {
    /// The store in `table`, reached through `client`, which brings its own timeouts and retries.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }
}

impl EventReader for DynamoEventStore {
    async fn load(&self, load: Load<'_>) -> Result<Vec<Commit>, StoreError> {
        load::load(self, load).await
    }

    async fn commits_after(
        &self,
        stream: &StreamId,
        after: StreamVersion,
        limit: NonZeroU16,
    ) -> Result<Vec<Commit>, StoreError> {
        load::commits_after(self, stream, after, limit).await
    }

    async fn load_all(
        &self,
        segment: Segment,
        from: Option<&ScanCursor>,
        page: NonZeroU16,
    ) -> Result<ScanPage, StoreError> {
        scan::load_all(self, segment, from, page).await
    }
}

impl EventAppender for DynamoEventStore {
    async fn append(&self, commit: &Commit) -> Result<Appended, AppendError> {
        append::append(self, commit).await
    }
}
