//! How far the event table is read for a message, and which commits count as the message's records.

use std::collections::BTreeSet;
use std::time::Duration;

use es_core::{Commit, ScanCursor, StreamId, Timestamp};
use serde::{Deserialize, Serialize};

/// How long after its acceptance a commit may arrive in the stream, in the first pass. DynamoDB usually needs seconds;
/// the limit leaves time for a disturbance of a whole day. The second pass finds the commits that needed even longer.
const LATE: Duration = Duration::from_hours(25);

/// How much the clocks of two machines may differ. A commit may therefore seem to arrive up to this time before its
/// acceptance.
const SKEW: Duration = Duration::from_mins(5);

/// The most streams with a dead letter that a message remembers. They take about 25 KB, so a list of 100 such messages
/// fits into the response of a function, which has at most 6 MB.
///
/// Source: AWS Lambda Developer Guide, "Lambda quotas".
const REMEMBERED: usize = 500;

/// The records of a message that the stream no longer retains.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrimmedRecords {
    /// When the first and the last record arrived in the stream; `None` if the message does not say when.
    pub(crate) arrivals: Option<(Timestamp, Timestamp)>,
    /// The number of records. Some of them may not be commits, or be the same commit.
    pub(crate) number: u64,
}

/// How far the event table is read for a message. The message stores the progress for the next attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RereadProgress {
    /// Which commits the current pass projects.
    pub pass: RereadPass,
    /// The position in the event table after which the pass continues; `None` at the beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ScanCursor>,
    /// The number of commits of any category that the pass has found and that its times admit.
    pub found: u64,
    /// The streams that became dead letters, at most 500. They do not become dead letters again.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub set_aside: BTreeSet<StreamId>,
}

/// A pass over the event table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RereadPass {
    /// The first pass projects the commits that were accepted shortly before the records arrived.
    #[default]
    ByTime,
    /// The second pass projects all commits.
    WholeTable,
}

impl TrimmedRecords {
    /// Whether a pass by time projects `commit`.
    pub(crate) fn admit(&self, commit: &Commit) -> bool {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let at = commit.metadata.occurred_at.micros();
        self.arrivals.is_some_and(|(first, last)| {
            at >= first.micros().saturating_sub(micros(LATE))
                && at <= last.micros().saturating_add(micros(SKEW))
        })
    }
}

impl RereadProgress {
    /// Begins the pass over all commits.
    pub(crate) fn begin_whole_table(&mut self) {
        (self.pass, self.after, self.found) = (RereadPass::WholeTable, None, 0);
    }

    /// Stores that `stream` has a dead letter, unless the message remembers too many streams already.
    pub(crate) fn remember(&mut self, stream: StreamId) {
        if self.set_aside.len() < REMEMBERED {
            self.set_aside.insert(stream);
        }
    }
}
