//! The commits of the event table, read by a scan without the code of the event store.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

/// A commit, read from its item.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCommit {
    /// The stream: `order-<uuid>`.
    pub stream: String,
    /// The version of the first event.
    pub version: u64,
    /// The events: `{type, schema?, data}`.
    pub events: Vec<Value>,
    /// The idempotency key of the command.
    pub key: String,
    /// When the command was accepted.
    pub at: String,
}

/// Streams with their commits, sorted by version.
pub type Streams = BTreeMap<String, Vec<StoredCommit>>;

impl StoredCommit {
    /// Reads a commit from an item; `None` for any other item.
    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        Some(Self {
            stream: text("pk")?,
            version: item.get("sk")?.as_n().ok()?.parse().ok()?,
            events: serde_json::from_str(&text("events")?).ok()?,
            key: text("key")?,
            at: text("at")?,
        })
    }

    /// The version of the last event.
    #[must_use]
    pub fn last_version(&self) -> u64 {
        self.version + self.events.len() as u64 - 1
    }
}

/// The commits of all notifications about `order`.
#[must_use]
pub fn notifications_about(order: &str, streams: Streams) -> Vec<StoredCommit> {
    let notifications = streams.into_iter().filter(|(stream, _)| stream.starts_with("notification-"));
    let is_about =
        |commit: &StoredCommit| commit.events.iter().any(|event| event["data"]["order_id"] == order);
    notifications.flat_map(|(_, commits)| commits).filter(is_about).collect()
}

/// Groups commits by stream and sorts each stream by version.
pub(crate) fn by_stream(commits: Vec<StoredCommit>) -> Streams {
    let mut streams = Streams::new();
    for commit in commits {
        streams.entry(commit.stream.clone()).or_default().push(commit);
    }
    for commits in streams.values_mut() {
        commits.sort_by_key(|commit| commit.version);
    }
    streams
}
