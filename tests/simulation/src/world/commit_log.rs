//! The sequence in which commits took effect. Checks use it to decide which versions a request can have read.

use std::ops::{Range, RangeInclusive};
use std::sync::Mutex;

use es_core::StreamId;
use serde_json::Value;

/// The commits of all streams in the sequence in which they took effect. A position in the log is the number of the
/// commits before it.
#[derive(Debug, Default)]
pub(crate) struct CommitLog(Mutex<Vec<LoggedCommit>>);

#[derive(Debug)]
struct LoggedCommit {
    stream: String,
    /// The stream's version after the commit.
    version: u64,
    /// When the commit took effect, in microseconds since the Unix epoch.
    at: i64,
}

impl CommitLog {
    /// Records that the item of a commit was written at the time `at`, in microseconds since the Unix epoch.
    pub(crate) fn record(&self, item: &Value, at: i64) {
        let number = |name: &str| item[name]["N"].as_str().unwrap().parse::<u64>().unwrap();
        let stream = item["pk"]["S"].as_str().unwrap().to_owned();
        let version = number("sk") + number("count") - 1;
        self.0.lock().unwrap().push(LoggedCommit { stream, version, at });
    }

    /// The position at the end of the log.
    pub(crate) fn end(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// The position at the time `at`, in microseconds since the Unix epoch.
    pub(crate) fn position_at(&self, at: i64) -> usize {
        self.0.lock().unwrap().partition_point(|commit| commit.at <= at)
    }

    /// The versions that `stream` had between two positions.
    pub(crate) fn versions(&self, stream: &StreamId, during: &Range<usize>) -> RangeInclusive<u64> {
        let (stream, commits) = (stream.to_string(), self.0.lock().unwrap());
        let version_at = |position: usize| {
            let mut before = commits[..position].iter().filter(|commit| commit.stream == stream);
            before.next_back().map_or(0, |commit| commit.version)
        };
        version_at(during.start)..=version_at(during.end)
    }

    /// The position of the commit of `stream` with the last version `version`; `None` if there is no such commit.
    pub(crate) fn position(&self, stream: &StreamId, version: u64) -> Option<usize> {
        let stream = stream.to_string();
        let is_it = |commit: &LoggedCommit| commit.stream == stream && commit.version == version;
        self.0.lock().unwrap().iter().position(is_it)
    }
}
