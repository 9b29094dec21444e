//! The event table as it is: every commit, read by a scan.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

/// A commit, as its item tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// The stream: `order-<uuid>`.
    pub stream: String,
    /// The version of its first event.
    pub version: u64,
    /// Its events: `{type, schema?, data}`.
    pub events: Vec<Value>,
    /// The idempotency key that it was made under.
    pub key: String,
    /// When it was accepted.
    pub at: String,
}

/// Streams with their commits, by version.
pub type Streams = BTreeMap<String, Vec<Commit>>;

impl Commit {
    /// The commit that an item holds; `None` for any other item.
    pub(crate) fn of(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name)?.as_s().ok().cloned();
        Some(Self {
            stream: text("pk")?,
            version: item.get("sk")?.as_n().ok()?.parse().ok()?,
            events: serde_json::from_str(&text("events")?).ok()?,
            key: text("key")?,
            at: text("at")?,
        })
    }

    /// The version of the stream after it.
    #[must_use]
    pub fn last_version(&self) -> u64 {
        self.version + self.events.len() as u64 - 1
    }
}

/// Commits by stream, each stream by version.
pub(crate) fn by_stream(commits: Vec<Commit>) -> Streams {
    let mut streams = Streams::new();
    for commit in commits {
        streams.entry(commit.stream.clone()).or_default().push(commit);
    }
    for commits in streams.values_mut() {
        commits.sort_by_key(|commit| commit.version);
    }
    streams
}
