//! Views that need their past: each is read, folded with the new events, and written whole.

use aws_sdk_dynamodb::Client;
use dynamo::{Item, Table};
use es_core::{Applied, DomainEvent, EventReader, Recorded, StreamId, StreamVersion, ViewWriter, WriteError};

use crate::{
    Change, Consistency, ItemKey, QueryTable, StoredChange, VERSION, View, ViewUpdate, read_view, view_key,
    write_view,
};

/// A view that its events alone do not change: `fold` sees what the view was.
///
/// Its projection collects the events in a [`Fold`]. Every batch costs one consistent read a stream beside the write.
pub trait FoldedView: View {
    /// What happens in the view's stream.
    type Event: DomainEvent + Clone + Send + Sync;

    /// The view after `recorded`. `before` is `None` where no event has opened the view yet. The function is total:
    /// history is never refused.
    fn fold(before: Option<Self>, recorded: &Recorded<Self::Event>) -> Option<Self>;

    /// The attributes of a view that are no fields of it, such as the keys of indexes. There are none by default.
    #[must_use]
    fn keys(&self, whole: Change<Self>) -> Change<Self> {
        whole
    }
}

/// The events that a view is to be folded with, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold<V: FoldedView> {
    events: Vec<Recorded<V::Event>>,
}

impl<V: FoldedView> Default for Fold<V> {
    fn default() -> Self {
        Self { events: Vec::new() }
    }
}

impl<V: FoldedView> Fold<V> {
    /// These events followed by `recorded`.
    #[must_use]
    pub fn and(mut self, recorded: &Recorded<V::Event>) -> Self {
        self.events.push(recorded.clone());
        self
    }
}

/// All views `V` in one query table, written by folding.
#[derive(Debug, Clone)]
pub struct FoldedViews {
    table: Table,
}

impl FoldedViews {
    /// The views in `table`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl<V: FoldedView> ViewWriter<Fold<V>> for FoldedViews {
    /// Reads the view, folds it and writes it whole, on the condition that its checkpoint is still where it was read.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &Fold<V>,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let key = view_key::<V>(stream);
        let item = read_view(&self.table, stream, key.clone(), Consistency::Strong).await?;
        let checkpoint = match &item {
            Some(item) => StreamVersion::new(Item(item).number(VERSION)?),
            None => StreamVersion::NONE,
        };
        if checkpoint < after {
            return Ok(Applied::Behind { checkpoint });
        }
        if checkpoint > after {
            return Ok(Applied::Ahead { checkpoint });
        }
        let before = item.as_ref().map(V::from_item).transpose()?.flatten();
        let view = change.events.iter().fold(before, V::fold);
        let change = view.map(|view| view.keys(view.whole())).unwrap_or_default();
        write_view(&self.table, ViewUpdate { stream, key, expression: change.expression()?, after, to }).await
    }
}

impl<V: FoldedView> StoredChange for Fold<V> {
    type Writer<R: EventReader + 'static> = FoldedViews;

    fn writer<R: EventReader + 'static>(_events: R, table: QueryTable) -> FoldedViews {
        FoldedViews::new(table.client, table.name)
    }

    fn checkpoint(stream: &StreamId) -> Option<ItemKey> {
        Some(view_key::<V>(stream))
    }
}
