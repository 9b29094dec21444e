//! Reads a history in pages of events, oldest first.

use std::fmt;
use std::str::FromStr;

use dynamo::text;
use es_core::{StreamId, StreamVersion};
use futures::future::try_join;
use tracing::field::Empty;
use uuid::Uuid;
use view_store::{Consistency, CursorError, CursorLayout, Measured, PageLimit, ReadError, read_view};

use super::event::item_key;
use super::{DynamoHistories, HistoryEvent};
use crate::orders::{partition_of, stream_of};

/// The member of the first event's data with the id of the order's customer.
const USER_ID: &str = "user_id";

/// The layout of a history cursor, which contains a version.
const LAYOUT: CursorLayout = CursorLayout(3);

/// A page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// The id of the order's customer, if the history contains it.
    pub user_id: Option<String>,
    /// The page's events, oldest first, without a gap between their versions.
    pub events: Vec<HistoryEvent>,
    /// The cursor of the next page; `None` at the end of the history.
    pub next: Option<HistoryCursor>,
}

/// The cursor of a history: the next page begins after its version.
///
/// The cursor needs no signature, because only the request's path selects the history.
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
    /// A page of the history of `order`: the first page, or the page after `cursor`. `None` if there is no history yet.
    /// Costs one `Query`. A page after a cursor also costs a concurrent `GetItem` for the first event, which contains the
    /// order's customer.
    ///
    /// A page may have fewer events than `limit` although more events follow, for example because its events are large.
    /// Only a missing [`HistoryPage::next`] marks the end.
    ///
    /// # Errors
    /// [`ReadError`] if the table cannot be read or an item is corrupt.
    pub async fn page(
        &self,
        order: Uuid,
        limit: PageLimit,
        cursor: Option<HistoryCursor>,
    ) -> Result<Option<HistoryPage>, ReadError> {
        let stream = stream_of(order);
        let behind = cursor.map_or(StreamVersion::NONE, |cursor| cursor.behind);
        // Read one event more than the page has, to find out whether another page follows.
        let (first, FoundEvents { events, cut_off }) = try_join(
            self.first_event(&stream, behind),
            self.events(&stream, behind, usize::from(limit.get()) + 1),
        )
        .await?;
        let of_page = events.first().map(|event| &event.entry).filter(|_| behind == StreamVersion::NONE);
        let Some(first) = first.as_ref().or(of_page) else { return Ok(None) };
        let user_id = first.data[USER_ID].as_str().map(str::to_owned);
        let whole = events.len();
        let versions = (behind.next().get()..).map(StreamVersion::new);
        let unbroken = events.into_iter().zip(versions);
        let unbroken: Vec<_> =
            unbroken.take_while(|(event, version)| event.entry.version == *version).collect();
        let is_whole = unbroken.len() == whole;
        let (events, is_cut) = limit.cut(unbroken.into_iter().map(|(event, _)| event));
        let goes_on = is_cut || (cut_off && is_whole);
        let last = events.last().filter(|_| goes_on).map(|event| event.version);
        let next = last.map(|behind| HistoryCursor { behind });
        Ok(Some(HistoryPage { user_id, events, next }))
    }

    /// Reads the first event of the order in `stream`; `None` if the page after `behind` includes it.
    async fn first_event(
        &self,
        stream: &StreamId,
        behind: StreamVersion,
    ) -> Result<Option<HistoryEvent>, ReadError> {
        if behind == StreamVersion::NONE {
            return Ok(None);
        }
        let key = item_key(stream, StreamVersion::NONE.next());
        let item = read_view(&self.table, stream, key, Consistency::Eventual, "query").await?;
        Ok(item.map(|item| HistoryEvent::from_item(&item)).transpose()?)
    }

    /// Reads up to `most` events of the order in `stream` after the version `behind`.
    #[tracing::instrument(name = "read_store.query", skip_all, fields(
        otel.kind = "client", cqrs.side = "query", db.system.name = "aws.dynamodb", db.operation.name = "Query",
        db.collection.name = self.table.name(), cqrs.aggregate_id = %stream, aws.dynamodb.consumed_capacity = Empty,
    ))]
    async fn events(
        &self,
        stream: &StreamId,
        behind: StreamVersion,
        most: usize,
    ) -> Result<FoundEvents, ReadError> {
        let sort_key = |version| item_key(stream, version).sk;
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :order AND sk BETWEEN :low AND :high")
            .expression_attribute_values(":order", text(partition_of(stream.uuid())))
            .expression_attribute_values(":low", text(sort_key(behind.next())))
            .expression_attribute_values(":high", text(sort_key(StreamVersion::new(u64::MAX))))
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let answer = self.table.call().send(query.send()).await?;
        let event = |item| Ok(Measured::from_item(HistoryEvent::from_item(item)?, item));
        let events = answer.items().iter().map(event).collect::<Result<_, ReadError>>()?;
        Ok(FoundEvents { events, cut_off: answer.last_evaluated_key().is_some() })
    }
}

/// The result of one `Query`.
struct FoundEvents {
    events: Vec<Measured<HistoryEvent>>,
    /// Whether more events follow, because of the request's limit or because a response has at most 1 MB.
    cut_off: bool,
}
