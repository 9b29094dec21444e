//! Commits that do not come by the stream: read from the event table, or put aside earlier and brought back.

use std::collections::BTreeMap;

use es_core::{Commit, EventReader, Projection, StreamId, StreamVersion, ViewWriter};
use futures::{StreamExt, stream};
use tokio::time::Instant;

use crate::stream::{CONCURRENCY, Projector, Stop};

/// What became of commits that were replayed.
#[derive(Debug, Default)]
pub struct Replayed {
    /// Commits written to views, those read to fill gaps included; with several generations, to the first one's.
    pub applied: u64,
    /// Commits that the views had.
    pub duplicates: u64,
    /// Streams that did not come as far as their commits.
    pub left: Vec<Left>,
}

/// A stream that did not come as far as its commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The projection that did not bring it there.
    pub projection: &'static str,
    /// The stream.
    pub stream: StreamId,
    /// The version from which on it is held, where the same would happen again; `None` where a later try may go
    /// through.
    pub held_from: Option<StreamVersion>,
    /// What stood in the way.
    pub reason: String,
}

impl Replayed {
    /// Adds what became of others.
    pub fn add(&mut self, others: Self) {
        self.applied += others.applied;
        self.duplicates += others.duplicates;
        self.left.extend(others.left);
    }
}

impl<P, R, W> Projector<P, R, W>
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Brings the views of the streams of `commits` at least as far as `commits`, as if they had been delivered; those
    /// of categories that `P` does not project are left alone. At `deadline` it stops.
    ///
    /// It never meets in conflict with a projection function that works on the same streams: both write on the
    /// condition of the view's checkpoint.
    pub async fn replay(&self, commits: &[Commit], deadline: Instant) -> Replayed {
        let mut streams: BTreeMap<&StreamId, Vec<&Commit>> = BTreeMap::new();
        for commit in commits.iter().filter(|commit| *commit.stream.category() == P::CATEGORY) {
            streams.entry(&commit.stream).or_default().push(commit);
        }
        let projected = streams.into_iter().map(|(id, commits)| async move {
            (id, self.project_stream(id, commits.iter().copied(), deadline).await)
        });
        let projected: Vec<_> = projected.collect();
        let mut ends = stream::iter(projected).buffer_unordered(CONCURRENCY);
        let mut replayed = Replayed::default();
        while let Some((id, (done, end))) = ends.next().await {
            replayed.applied += done.applied;
            replayed.duplicates += done.duplicates;
            replayed.left.extend(end.err().map(|stop| left::<P>(id, &stop)));
        }
        replayed
    }
}

fn left<P: Projection>(stream: &StreamId, stop: &Stop) -> Left {
    let (held_from, reason) = match stop {
        Stop::Poison { from, cause } => (Some(*from), cause.to_string()),
        Stop::Failure(failure) => (None, with_sources(failure)),
    };
    Left { projection: P::NAME, stream: stream.clone(), held_from, reason }
}

/// The error and what led to it: `the query table is unavailable: … : …`.
fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
