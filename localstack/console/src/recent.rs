//! The streams that changed last.
//!
//! The console finds them in the change stream, as a projection finds its events. It continues reading where it stopped
//! the last time. Finding them in the event table would require a scan.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;
use stack_kinesis::{Kinesis, SequenceNumber, Slice};
use stack_template::Template;
use tokio::sync::watch;

use super::commits::Commit;
use super::item::ConsoleError;

/// Maximum number of streams in the list.
const KEPT: usize = 200;
/// Maximum number of records per read.
const BATCH: usize = 500;
/// Maximum number of bytes per read.
const BYTES: usize = 8 * 1024 * 1024;

/// The fields of a stream in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct StreamSummary {
    /// Id of the stream.
    id: String,
    /// Version of the last event.
    version: u64,
    /// Type of the last event.
    r#type: String,
    /// Time when the last commit was accepted.
    at: String,
    /// The user on whose behalf the last commit was made.
    by: String,
}

/// Tracks the streams that changed last.
pub(super) struct Recent {
    kinesis: Kinesis,
    /// Name of the stream with the event table's changes.
    changes: Option<String>,
    read: Mutex<ReadState>,
}

/// Read positions in the change stream, and the streams found so far.
#[derive(Default)]
struct ReadState {
    positions: BTreeMap<u32, SequenceNumber>,
    streams: HashMap<String, (SequenceNumber, StreamSummary)>,
    /// Stream ids, ordered by their last change.
    order: BTreeMap<SequenceNumber, String>,
}

impl Recent {
    /// Tracks the template's event table, which is the table with a change stream.
    pub(super) fn new(template: &Template, kinesis: &Kinesis) -> Self {
        let changes = template.tables.iter().find_map(|table| table.change_stream.as_ref());
        let changes = changes.map(|changes| changes.stream.clone());
        Self { kinesis: kinesis.clone(), changes, read: Mutex::default() }
    }

    /// A receiver that wakes on new changes; `None` without an event table.
    pub(super) fn arrivals(&self) -> Option<watch::Receiver<()>> {
        self.kinesis.arrivals(self.changes.as_ref()?).ok()
    }

    /// The tracked streams, last changed first.
    ///
    /// # Errors
    /// [`ConsoleError::Changes`] when the change stream cannot be read.
    pub(super) fn list(&self) -> Result<Vec<StreamSummary>, ConsoleError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(changes) = &self.changes {
            for shard in self.kinesis.shards(changes)? {
                read.catch_up(&self.kinesis, changes, shard.number)?;
            }
        }
        let newest = read.order.values().rev();
        Ok(newest.filter_map(|id| read.streams.get(id)).map(|(_, summary)| summary.clone()).collect())
    }
}

impl ReadState {
    fn catch_up(&mut self, kinesis: &Kinesis, changes: &str, shard: u32) -> Result<(), ConsoleError> {
        loop {
            let after = self.positions.get(&shard).copied().unwrap_or(SequenceNumber(0));
            let records = kinesis.read(changes, Slice::whole(shard, after), BATCH, BYTES)?;
            let Some(last) = records.last() else { return Ok(()) };
            self.positions.insert(shard, last.sequence);
            for record in &records {
                if let Some(commit) = commit_of(&record.data) {
                    self.note(record.sequence, &commit);
                }
            }
        }
    }

    /// Stores a commit if it is the newest of its stream. Commits of one stream arrive in any order, because they are
    /// in several shards.
    fn note(&mut self, sequence: SequenceNumber, commit: &Commit) {
        let known = self.streams.get(&commit.stream);
        if known.is_some_and(|(_, known)| known.version >= commit.last_version) {
            return;
        }
        let summary = StreamSummary {
            id: commit.stream.clone(),
            version: commit.last_version,
            r#type: commit.last_type().to_owned(),
            at: commit.at.clone(),
            by: commit.by.clone(),
        };
        let before = self.streams.insert(commit.stream.clone(), (sequence, summary));
        if let Some((before, _)) = before {
            self.order.remove(&before);
        }
        self.order.insert(sequence, commit.stream.clone());
        if self.order.len() > KEPT
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.streams.remove(&oldest);
        }
    }
}

/// The commit in a change record; `None` for any other change.
fn commit_of(record: &[u8]) -> Option<Commit> {
    let record: Value = serde_json::from_slice(record).ok()?;
    Commit::from_item(&record["dynamodb"]["NewImage"])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{KEPT, ReadState, SequenceNumber, commit_of};

    fn noted(read: &mut ReadState, sequence: i64, stream: &str, version: u64) {
        let image = json!({"pk": {"S": stream}, "sk": {"N": version.to_string()}, "count": {"N": "2"},
            "events": {"S": r#"[{"type":"A","data":{}},{"type":"B","data":{}}]"#}});
        let record = json!({"dynamodb": {"NewImage": image}}).to_string();
        read.note(SequenceNumber(sequence), &commit_of(record.as_bytes()).unwrap());
    }

    #[test]
    fn a_stream_is_listed_once_by_its_last_commit_in_any_order() {
        let mut read = ReadState::default();
        noted(&mut read, 1, "order-1", 1);
        noted(&mut read, 2, "order-2", 3);
        noted(&mut read, 3, "order-2", 1);
        noted(&mut read, 4, "order-1", 3);
        assert_eq!(read.order.values().collect::<Vec<_>>(), ["order-2", "order-1"]);
        let (_, summary) = &read.streams["order-1"];
        assert_eq!((summary.version, summary.r#type.as_str()), (4, "B"));
    }

    #[test]
    fn the_list_drops_the_oldest_streams() {
        let mut read = ReadState::default();
        for number in 1..=300 {
            noted(&mut read, number, &format!("order-{number}"), 1);
        }
        assert_eq!((read.order.len(), read.streams.len()), (KEPT, KEPT));
        assert!(read.streams.contains_key("order-300") && !read.streams.contains_key("order-100"));
    }

    #[test]
    fn records_without_a_commit_are_ignored() {
        for record in ["", "{}", r#"{"dynamodb":{"Keys":{"pk":{"S":"x"}}}}"#] {
            assert_eq!(commit_of(record.as_bytes()), None);
        }
    }
}
