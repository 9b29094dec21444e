//! Writes the words of a change to the index: first the postings, then the checkpoint.

use dynamo::{Item, UpdateExpression, text};
use es_core::{Applied, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError};
use view_store::{
    Consistency, ItemKey, QueryTable, StoredChange, VERSION, ViewUpdate, read_view, write_view,
};

use super::{DynamoPostings, IndexedWords, PostedOrder};
use crate::orders::partition_of;

/// The attribute of the checkpoint with the time at which the order was opened.
const CREATED_AT: &str = "created_at";

/// New words under which a search finds an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchChange {
    /// When the order was opened. `None` if the change does not include the opening.
    pub opened_at: Option<Timestamp>,
    /// The words.
    pub words: IndexedWords,
}

/// The checkpoint of an order. The default is the checkpoint of an order that is not in the index.
#[derive(Debug, Default)]
struct Checkpoint {
    version: StreamVersion,
    created_at: Option<Timestamp>,
    /// Whether the postings were made from another event table.
    is_on_another_timeline: bool,
}

impl DynamoPostings {
    /// Reads the checkpoint of the order in `stream` with a strongly consistent read, because a stale checkpoint could
    /// lack the time of the opening.
    async fn checkpoint(&self, stream: &StreamId) -> Result<Checkpoint, WriteError> {
        let key = SearchChange::checkpoint(stream);
        let Some(item) = read_view(&self.table, stream, key, Consistency::Strong).await? else {
            return Ok(Checkpoint::default());
        };
        let is_on_another_timeline = self.table.is_on_another_timeline(&item);
        let item = Item(&item);
        let created_at = item.has(CREATED_AT).then(|| item.parsed(CREATED_AT)).transpose()?;
        let version = StreamVersion::new(item.number(VERSION)?);
        Ok(Checkpoint { version, created_at, is_on_another_timeline })
    }
}

impl ViewWriter<SearchChange> for DynamoPostings {
    /// Writes the postings of `change`, and then moves the checkpoint if it is at `after`.
    ///
    /// A change with words reads the checkpoint first. A repeated change therefore writes no posting again, and a
    /// shipment finds the time of the opening. An order whose opening is unknown has no view that a search could
    /// return, so it gets no posting.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &SearchChange,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        if !change.words.is_empty() {
            let checkpoint = self.checkpoint(stream).await?;
            if checkpoint.is_on_another_timeline {
                return Ok(Applied::OtherTimeline);
            }
            if let Some(refused) = Applied::refused(checkpoint.version, after) {
                return Ok(refused);
            }
            if let Some(created_at) = change.opened_at.or(checkpoint.created_at) {
                self.put(PostedOrder { order: stream.uuid(), created_at }, &change.words).await?;
            }
        }
        let expression = change
            .opened_at
            .iter()
            .fold(UpdateExpression::default(), |expression, at| expression.set(CREATED_AT, text(*at)));
        let key = SearchChange::checkpoint(stream);
        write_view(&self.table, ViewUpdate { stream, key, expression, after, to }).await
    }
}

impl StoredChange for SearchChange {
    type Writer = DynamoPostings;

    fn writer(table: QueryTable) -> DynamoPostings {
        DynamoPostings { table: table.into() }
    }

    fn checkpoint(stream: &StreamId) -> ItemKey {
        ItemKey::new(partition_of(stream.uuid()), "checkpoint#search-projection")
    }
}
