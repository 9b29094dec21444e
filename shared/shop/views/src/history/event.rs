//! The events of a history and their items.

use dynamo::{
    AttributeMap, CorruptItem, Item, MAX_ITEM_BYTES, PK, SK, TIMELINE, check_size, item_bytes, number, text,
};
use es_core::{Metadata, StreamId, StreamVersion, Timestamp, Unwritable};
use serde_json::Value;
use uuid::Uuid;
use view_store::{ItemKey, StoredChange, VERSION};

use super::EVENT;

/// A change of an order's history: successive commits to add.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistoryChange {
    /// The events of each commit, sorted by version.
    pub commits: Vec<Vec<HistoryEvent>>,
    /// The metadata of the last commit.
    pub last: Option<Metadata>,
}

impl HistoryChange {
    /// Adds the next `event`, which belongs to the commit with `metadata`. Events with the same metadata belong to the
    /// same commit, because no two commits of a stream have the same caller, key and time.
    #[must_use]
    pub fn and(mut self, event: HistoryEvent, metadata: &Metadata) -> Self {
        let is_new = self.last.as_ref() != Some(metadata);
        if let Some(commit) = self.commits.last_mut().filter(|_| !is_new) {
            commit.push(event);
        } else {
            self.commits.push(vec![event]);
            self.last = Some(metadata.clone());
        }
        self
    }

    /// The items of all events of the order in `stream`, sorted by version, for a table whose checkpoints are on
    /// `timeline`.
    pub(super) fn items(
        &self,
        stream: &StreamId,
        timeline: Option<&str>,
    ) -> Result<Vec<AttributeMap>, Unwritable> {
        let events = self.commits.iter().flat_map(|events| {
            let before = events.first().map(|first| first.version.previous());
            let last = events.len().saturating_sub(1);
            let is_within = move |index: usize| before.filter(|_| index < last);
            events.iter().enumerate().map(move |(index, event)| (event, is_within(index)))
        });
        events.map(|(event, before)| event.item(stream, before, timeline)).collect()
    }
}

/// An event in the form that a history stores.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent {
    /// The event's version in its stream.
    pub version: StreamVersion,
    /// The event's id.
    pub id: Uuid,
    /// The stored name of the event type, for example `OrderCreated`.
    pub event_type: String,
    /// The event's data.
    pub data: Value,
    /// When the command was accepted.
    pub at: Timestamp,
    /// The W3C trace context of the request, if it had one.
    pub traceparent: Option<String>,
    /// The id that all messages of one business conversation share.
    pub correlation_id: String,
    /// The id of the message that caused the event.
    pub causation_id: String,
}

/// The key of the event at `version` of the order in `stream`.
pub(super) fn item_key(stream: &StreamId, version: StreamVersion) -> ItemKey {
    HistoryChange::checkpoint(stream).key_at(version)
}

impl HistoryEvent {
    /// Converts the event into its item in the history of the order in `stream`. `before` is the version before the
    /// event's commit, if the event is not the commit's last one.
    fn item(
        &self,
        stream: &StreamId,
        before: Option<StreamVersion>,
        timeline: Option<&str>,
    ) -> Result<AttributeMap, Unwritable> {
        let ItemKey { pk, sk } = item_key(stream, self.version);
        let texts = [
            (PK, Some(pk)),
            (SK, Some(sk)),
            (TIMELINE, timeline.map(str::to_owned)),
            ("id", Some(self.id.to_string())),
            ("type", Some(self.event_type.clone())),
            ("data", Some(self.data.to_string())),
            ("at", Some(self.at.to_string())),
            ("traceparent", self.traceparent.clone()),
            ("correlation_id", Some(self.correlation_id.clone())),
            ("causation_id", Some(self.causation_id.clone())),
        ];
        let texts = texts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value?))));
        let mut item: AttributeMap = texts.collect();
        item.extend(before.map(|before| (VERSION.to_owned(), number(before))));
        check_size("the event", item_bytes(&item), MAX_ITEM_BYTES)?;
        Ok(item)
    }

    /// Reads an event from its item.
    pub(super) fn from_item(item: &AttributeMap) -> Result<Self, CorruptItem> {
        let item = Item(item);
        let version = item.text(SK)?.strip_prefix(EVENT).and_then(|digits| digits.parse().ok());
        Ok(Self {
            version: version.map(StreamVersion::new).ok_or_else(|| item.corrupt(SK))?,
            id: item.parsed("id")?,
            event_type: item.text("type")?.to_owned(),
            data: item.json("data")?,
            at: item.parsed("at")?,
            traceparent: item.optional("traceparent").map(str::to_owned),
            correlation_id: item.text("correlation_id")?.to_owned(),
            causation_id: item.text("causation_id")?.to_owned(),
        })
    }
}
