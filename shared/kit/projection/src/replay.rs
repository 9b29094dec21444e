//! Projects commits that do not come from the event stream: they were read from the event table, or they were in the
//! dead-letter queue and are sent back.

use std::collections::BTreeMap;

use es_core::{Commit, EventReader, StreamId, StreamVersion, ViewWriter};
use tokio::time::Instant;

use crate::Follower;
use crate::stream::{Projector, StopReason, StreamCommits};

/// The result of a replay.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Commits written to views, including those that were read to fill gaps. If there are two generations, this counts
    /// the first one.
    pub applied: u64,
    /// Commits that the views already included.
    pub duplicates: u64,
    /// Streams that stopped before the last of their commits.
    pub stopped: Vec<StoppedStream>,
}

/// A stream that stopped before the last of its commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedStream {
    /// The projection that stopped.
    pub projection: &'static str,
    /// The stream.
    pub stream: StreamId,
    /// The version at which the stream is stuck, if every retry would fail in the same way; `None` if a retry may
    /// succeed.
    pub held_from: Option<StreamVersion>,
    /// Whether the view was made from another event table. The cure is a new generation of the query table.
    pub is_of_another_event_table: bool,
    /// Why the stream stopped.
    pub reason: String,
}

impl Replayed {
    /// Adds the result of another replay.
    pub fn add(&mut self, others: Self) {
        self.applied += others.applied;
        self.duplicates += others.duplicates;
        self.stopped.extend(others.stopped);
    }
}

impl<P, R, W> Projector<P, R, W>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Projects `commits` as if they had been delivered: the views of their streams include at least these commits
    /// afterwards, in both generations. Commits of streams that `P` does not follow are ignored. The replay stops
    /// at `deadline`.
    ///
    /// A replay is safe while a projection function works on the same streams, because both write on the condition of
    /// the view's checkpoint.
    pub async fn replay(&self, commits: &[Commit], deadline: Instant) -> Replayed {
        let mut streams: BTreeMap<&StreamId, Vec<&Commit>> = BTreeMap::new();
        for commit in commits.iter().filter(|commit| P::follows(&commit.stream)) {
            streams.entry(&commit.stream).or_default().push(commit);
        }
        let streams: Vec<_> =
            streams.into_iter().map(|(stream, commits)| StreamCommits { stream, commits }).collect();
        let mut replayed = Replayed::default();
        for (index, (done, end)) in self.project_everywhere(&streams, deadline).await {
            replayed.applied += done.applied;
            replayed.duplicates += done.duplicates;
            let stopped = streams.get(index).zip(end.err());
            replayed.stopped.extend(stopped.map(|(of, stop)| stopped_stream::<P>(of.stream, &stop)));
        }
        replayed
    }
}

fn stopped_stream<P: Follower>(stream: &StreamId, stop: &StopReason) -> StoppedStream {
    let (held_from, reason) = stop.describe();
    let is_of_another_event_table = stop.is_of_another_event_table();
    StoppedStream {
        projection: P::NAME,
        stream: stream.clone(),
        held_from,
        is_of_another_event_table,
        reason,
    }
}
