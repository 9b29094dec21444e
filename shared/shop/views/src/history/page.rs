//! Reading a history: pages of events, oldest first.

use std::fmt;
use std::str::FromStr;

use dynamo::{Item, text};
use es_core::{StreamId, StreamVersion};
use futures::future::try_join;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{Consistency, CursorError, CursorLayout, PageLimit, ReadError, read_view};

use super::event::event_key;
use super::{DynamoHistories, HistoryEvent, USER_ID};
use crate::orders::{partition_of, stream_of};

/// The kind of the cursor of a history: it holds a version.
const LAYOUT: CursorLayout = CursorLayout(3);

/// A page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// The user whose order it is, if the history tells.
    pub user_id: Option<String>,
    /// The page's events, oldest first, each version right behind the one before it.
    pub events: Vec<HistoryEvent>,
    /// Where the history goes on; `None` at its end.
    pub next: Option<HistoryCursor>,
}

/// Where a history goes on: behind one version.
///
/// It is not signed, and need not be: which history is read follows from the request alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryCursor {
    behind: StreamVersion,
}

impl fmt::Display for HistoryCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&LAYOUT.encode(&self.behind.get().to_be_bytes()))
    }
}

impl FromStr for HistoryCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let version = LAYOUT.decode(text, 8)?.try_into().map_err(|_| CursorError::Malformed)?;
        Ok(Self { behind: StreamVersion::new(u64::from_be_bytes(version)) })
    }
}

impl DynamoHistories {
    /// A page of the history of `order`, oldest first: the first page, or the one behind `cursor`; `None` if there is no
    /// history, or none yet. One `GetItem` and one `Query`, at the same time.
    ///
    /// A page can be shorter than `limit` and still not be the last: only the absence of [`HistoryPage::next`] tells
    /// the end.
    ///
    /// # Errors
    /// [`ReadError`], case by case.
    pub async fn page(
        &self,
        order: Uuid,
        limit: PageLimit,
        cursor: Option<HistoryCursor>,
    ) -> Result<Option<HistoryPage>, ReadError> {
        let stream = stream_of(order);
        let behind = cursor.map_or(StreamVersion::NONE, |cursor| cursor.behind);
        let limit = usize::from(limit.get());
        // One more than the page has, to know whether another follows.
        let (checkpoint, found) = try_join(
            async {
                Ok(read_view(&self.table, &stream, Self::checkpoint(&stream), Consistency::Eventual).await?)
            },
            self.events(&stream, behind, limit + 1),
        )
        .await?;
        let Some(checkpoint) = checkpoint else { return Ok(None) };
        let FoundEvents { mut events, cut_off } = found;
        let whole = events.len();
        let versions = (behind.next().get()..).map(StreamVersion::new);
        let unbroken =
            events.iter().zip(versions).take_while(|(event, version)| event.version == *version).count();
        let goes_on = unbroken > limit || (cut_off && unbroken == whole);
        events.truncate(unbroken.min(limit));
        let last = events.last().filter(|_| goes_on).map(|event| event.version);
        let next = last.map(|behind| HistoryCursor { behind });
        let user_id = Item(&checkpoint).optional(USER_ID).map(str::to_owned);
        Ok(Some(HistoryPage { user_id, events, next }))
    }

    /// Up to `most` events of the order in `stream` behind a version.
    #[tracing::instrument(name = "read_store.query", skip_all, fields(
        otel.kind = "client", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn events(
        &self,
        stream: &StreamId,
        behind: StreamVersion,
        most: usize,
    ) -> Result<FoundEvents, ReadError> {
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :order AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":order", text(partition_of(stream.uuid())))
            .expression_attribute_values(":low", text(event_key(behind.next())))
            .expression_attribute_values(":high", text(event_key(StreamVersion::new(u64::MAX))))
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let answer = self.table.call().send(query.send()).await?;
        let events = answer.items().iter().map(HistoryEvent::from_item).collect::<Result<_, _>>()?;
        Ok(FoundEvents { events, cut_off: answer.last_evaluated_key().is_some() })
    }
}

/// What one request found.
struct FoundEvents {
    events: Vec<HistoryEvent>,
    /// Whether there were more than the request was for, or than the 1 MB that one answer holds.
    cut_off: bool,
}
