//! What the events of an order make it found by.

use std::num::NonZeroU16;

use domain::order::{Order, OrderCreated, OrderEvent};
use es_core::{
    Applied, Category, Decider, EventReader, Projection, Recorded, StoreError, StreamId, StreamVersion,
    Timestamp, ViewWriter, WriteError,
};
use view_store::{ItemKey, QueryTable, StoredChange};
use views::{DynamoPostings, IndexedWords, PostedOrder};

use crate::orders::lines;

/// From the events of an order to the words that it is found by.
#[derive(Debug, Clone, Copy)]
pub enum SearchProjection {}

/// Words that an order is found by from now on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchChange {
    /// When the order was opened, where these events tell.
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
                words: change.words.and(of_opening(created)),
            },
            OrderEvent::OrderShipped(shipped) => {
                let words = IndexedWords::of_shipment(&shipped.tracking_number, &shipped.carrier);
                SearchChange { words: change.words.and(words), ..change }
            }
            OrderEvent::OrderConfirmed {} | OrderEvent::OrderDelivered {} | OrderEvent::OrderCancelled(_) => {
                change
            }
        }
    }
}

fn of_opening(created: &OrderCreated) -> IndexedWords {
    IndexedWords::of_opening(&created.user_id, &lines(created))
}

/// The search index, and the streams, for a posting's place is the time of its order's opening.
#[derive(Debug, Clone)]
pub struct SearchIndex<R> {
    events: R,
    postings: DynamoPostings,
}

impl<R: EventReader> SearchIndex<R> {
    /// The index of `postings` over the orders in `events`.
    #[must_use]
    pub const fn new(events: R, postings: DynamoPostings) -> Self {
        Self { events, postings }
    }

    /// When the order of `stream` was opened; `None` where its first commit is not there or is no commit.
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
    /// Writes the postings of `change`, wherever the index is: a posting is the same whenever it is written, so this
    /// index has no checkpoint. Nothing is asked for where there are no words; the first commit is read where the
    /// order's opening is not in `change`.
    ///
    /// Where that commit cannot be read, the index calls itself behind it: so the projection comes upon it.
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
            // Everything there is has been delivered, and no opening with it: there is no view to find.
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
