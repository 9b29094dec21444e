//! Folded views. A folded view is read, folded with the new events, and written as a whole.

use aws_sdk_dynamodb::Client;
use dynamo::Table;
use es_core::{Applied, DomainEvent, Recorded, StreamId, StreamVersion, ViewWriter, WriteError};

use crate::view::checkpoint_in;
use crate::{
    Change, CheckpointItem, Consistency, QueryTable, StoredChange, View, ViewUpdate, read_view, view_key,
    write_view,
};

/// A view whose next state depends on its current state. `fold` receives both the current view and the event.
///
/// The projection collects the events in a [`Fold`]. Every batch costs one consistent read for each stream besides the
/// write.
pub trait FoldedView: View {
    /// The events of the view's stream.
    type Event: DomainEvent + Clone + Send + Sync;

    /// The view after `recorded`. `before` is `None` if no event has opened the view yet. The function accepts every
    /// event, because an event has already happened.
    fn fold(before: Option<Self>, recorded: &Recorded<Self::Event>) -> Option<Self>;

    /// Adds attributes to `whole` that are not fields of the view, such as the keys of indexes. The default adds none.
    #[must_use]
    fn keys(&self, whole: Change<Self>) -> Change<Self> {
        whole
    }
}

/// The events to fold into a view, in order.
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
    /// Adds `recorded` after these events.
    #[must_use]
    pub fn and(mut self, recorded: &Recorded<V::Event>) -> Self {
        self.events.push(recorded.clone());
        self
    }
}

/// All views `V` in one query table. Each write folds a view.
#[derive(Debug, Clone)]
pub struct FoldedViews {
    table: Table,
}

impl FoldedViews {
    /// The views in `table`. `client` reaches DynamoDB.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { table: Table::new(client, table) }
    }
}

impl<V: FoldedView> ViewWriter<Fold<V>> for FoldedViews {
    /// Reads the view, folds the events into it, and writes the whole view if the checkpoint has not changed since the
    /// read.
    async fn apply(
        &self,
        stream: &StreamId,
        change: &Fold<V>,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let key = view_key::<V>(stream);
        let item = read_view(&self.table, stream, key.clone(), Consistency::Strong, "projection").await?;
        if item.as_ref().is_some_and(|item| self.table.is_on_another_timeline(item)) {
            return Ok(Applied::OtherTimeline);
        }
        if let Some(refused) = Applied::refused(checkpoint_in(item.as_ref())?, after) {
            return Ok(refused);
        }
        let before = item.as_ref().map(V::from_item).transpose()?.flatten();
        let view = change.events.iter().fold(before, V::fold);
        let change = view.map(|view| view.keys(view.whole())).unwrap_or_default();
        write_view(&self.table, ViewUpdate { stream, key, expression: change.expression()?, after, to }).await
    }
}

impl<V: FoldedView> StoredChange for Fold<V> {
    type Writer = FoldedViews;

    fn writer(table: QueryTable) -> FoldedViews {
        FoldedViews { table: table.into() }
    }

    fn checkpoint(stream: &StreamId) -> CheckpointItem {
        view_key::<V>(stream).into()
    }
}
