//! From a commit to the entries of its events.

use es_core::{Commit, Recorded, StoredEvent, StreamId, StreamVersion};
use event_bus::{PublishedEvent, Replay};
use serde_json::json;

use crate::{BusEntry, MAX_BYTES};

/// What all envelopes of a publisher have in common.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// The name of the publisher.
    pub source: String,
    /// The prefix of the URIs that name the events' [schemas](event_bus::EventSchema::new).
    pub schemas: &'static str,
    /// A URI reference to the data of the event at a version of a stream. An event that is too large for the bus carries
    /// the reference.
    pub reference: fn(&StreamId, StreamVersion) -> String,
}

impl Envelope {
    /// The entries of the events of `commit`, in order. `replay` marks events that are published again.
    #[must_use]
    pub fn entries(&self, commit: &Commit, replay: Option<&Replay>) -> Vec<BusEntry> {
        let events = commit.events.iter().zip(0..).map(|(event, before)| Recorded {
            stream: commit.stream.clone(),
            version: commit.first.plus(before),
            metadata: commit.metadata.clone(),
            event: event.clone(),
        });
        events.map(|event| self.entry(&event, replay)).collect()
    }

    fn entry(&self, recorded: &Recorded<StoredEvent>, replay: Option<&Replay>) -> BusEntry {
        let mut event = PublishedEvent::from_recorded(recorded, &self.source, self.schemas);
        if let Some(replay) = replay {
            event = event.replayed(replay.clone());
        }
        let entry = BusEntry {
            source: self.source.clone(),
            detail_type: event.event_type.clone(),
            time: event.occurred_at,
            detail: json!(event).to_string(),
        };
        if entry.bytes() <= MAX_BYTES {
            return entry;
        }
        let reference = (self.reference)(&recorded.stream, recorded.version);
        BusEntry { detail: json!(event.with_reference(reference)).to_string(), ..entry }
    }
}
