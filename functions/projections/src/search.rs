//! Projects the events of an order into the search index.

use std::num::NonZeroU16;

use domain::order::{Order, OrderCreated, OrderEvent};
use es_core::{
    Applied, Category, Decider, EventReader, Projection, Recorded, StoreError, StreamId, StreamVersion,
    Timestamp, ViewWriter, WriteError,
};
use view_store::{ItemKey, QueryTable, StoredChange};
use views::{DynamoPostings, IndexedWords, PostedOrder};

use crate::orders::lines;

/// Projects the events of an order into the words that the search index gets.
#[derive(Debug, Clone, Copy)]
pub enum SearchProjection {}

/// New words under which a search finds an order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchChange {
    /// When the order was opened. `None` if these events do not include the opening.
    opened_at: Option<Timestamp>,
    /// The words.
    words: IndexedWords,
}

impl Projection for SearchProjection {
    const NAME: &'static str = "search-projection";
    const CATEGORY: Category = Order::CATEGORY;

    type Event = OrderEvent;
    type Change = SearchChange;

    fn project(change: SearchChange, recorded: &Recorded<OrderEvent>) -> SearchChange {
        match &recorded.event {
            OrderEvent::OrderCreated(created) => SearchChange {
                opened_at: Some(recorded.metadata.occurred_at),
                words: change.words.and(from_opening(created)),
            },
            OrderEvent::OrderShipped(shipped) => {
                let words = IndexedWords::from_shipment(&shipped.tracking_number, &shipped.carrier);
                SearchChange { words: change.words.and(words), ..change }
            }
            OrderEvent::OrderConfirmed {} | OrderEvent::OrderDelivered {} | OrderEvent::OrderCancelled(_) => {
                change
            }
        }
    }
}

fn from_opening(created: &OrderCreated) -> IndexedWords {
    IndexedWords::from_opening(&created.user_id, &lines(created))
}

/// The writer of the search index. It also reads the event table, because the sort key of a posting contains the time
/// at which its order was opened.
#[derive(Debug, Clone)]
pub struct SearchIndex<R> {
    events: R,
    postings: DynamoPostings,
}

impl<R: EventReader> SearchIndex<R> {
    /// A writer that stores postings in `postings` and reads the opening of orders from `events`.
    #[must_use]
    pub const fn new(events: R, postings: DynamoPostings) -> Self {
        Self { events, postings }
    }

    /// When the order of `stream` was opened. `None` if the first commit is missing or corrupt.
    ///
    /// # Errors
    /// [`WriteError::Throttled`] or [`WriteError::Unavailable`] if the event table cannot be read.
    async fn opened_at(&self, stream: &StreamId) -> Result<Option<Timestamp>, WriteError> {
        match self.events.commits_after(stream, StreamVersion::NONE, NonZeroU16::MIN).await {
            Ok(commits) => {
                let first = commits.first().filter(|commit| commit.first == StreamVersion::NONE.next());
                Ok(first.map(|commit| commit.metadata.occurred_at))
            }
            Err(StoreError::Corrupt { .. }) => Ok(None),
            Err(error @ StoreError::Throttled(_)) => Err(WriteError::Throttled(error.into())),
            Err(error @ StoreError::Unavailable(_)) => Err(WriteError::Unavailable(error.into())),
        }
    }
}

impl<R: EventReader> ViewWriter<SearchChange> for SearchIndex<R> {
    /// Writes the postings of `change`. The index has no checkpoint, because writing a posting twice gives the same
    /// item. A change without words costs no request. If `change` does not include the opening, the first commit of the
    /// stream is read.
    ///
    /// If that commit is missing or corrupt, the method reports that the index is behind. The projection then reads the
    /// stream from its beginning, finds the broken commit and handles the error.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &SearchChange,
        after: StreamVersion,
        _to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        if change.words.is_empty() {
            return Ok(Applied::Written);
        }
        let opened_at = match change.opened_at {
            Some(opened_at) => Some(opened_at),
            None => self.opened_at(stream).await?,
        };
        match opened_at {
            Some(created_at) => {
                let order = PostedOrder { order: stream.uuid(), created_at };
                self.postings.put(order, &change.words).await?;
                Ok(Applied::Written)
            }
            None if after > StreamVersion::NONE => Ok(Applied::Behind { checkpoint: StreamVersion::NONE }),
            // The whole stream was delivered without an opening. The order therefore has no view that a search could
            // return.
            None => Ok(Applied::Written),
        }
    }
}

impl StoredChange for SearchChange {
    type Writer<R: EventReader + 'static> = SearchIndex<R>;

    fn writer<R: EventReader + 'static>(events: R, table: QueryTable) -> SearchIndex<R> {
        SearchIndex::new(events, DynamoPostings::new(table.client, table.name))
    }

    fn checkpoint(_stream: &StreamId) -> Option<ItemKey> {
        None
    }
}
