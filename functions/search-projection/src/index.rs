//! The index as a projection writes it.

use std::num::NonZeroU16;

use es_core::{Applied, EventReader, StoreError, StreamId, StreamVersion, Timestamp, ViewWriter, WriteError};
use views::{DynamoPostings, PostedOrder};

use crate::SearchChange;

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
