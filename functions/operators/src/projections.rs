//! All registered projections, connected to the event table and the query table.

use ::projections::registry;
use es_core::{Commit, StreamId};
use futures::future::join_all;
use projection::{Environment, FollowerFacts, ProjectionFacts, Registered, Replayed, RunningProjection};
use tokio::time::Instant;
use view_store::{CheckpointItem, ShardedCounters};

/// All registered projections, connected to one event table and one query table.
pub struct Projections(Vec<Box<dyn RunningProjection>>);

/// No registered projection has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection {0:?}")]
pub struct UnknownProjection(pub String);

impl Projections {
    /// Connects the projections to the stores of `environment`.
    pub fn with_stores<E: Environment>(environment: &E) -> Self {
        let registered = registry::all::<Registered<E>>();
        Self(registered.iter().map(|registered| (registered.connect)(environment)).collect())
    }

    /// Replays `commits` through every projection; see [`projection::Projector::replay`].
    pub async fn replay(&self, commits: &[Commit], deadline: Instant) -> Replayed {
        let mut all = Replayed::default();
        for replayed in join_all(self.0.iter().map(|one| one.replay(commits, deadline))).await {
            all.add(replayed);
        }
        all
    }

    /// The name, category, checkpoint key and counters of each projection.
    pub(crate) fn facts(&self) -> impl Iterator<Item = ProjectionFacts> {
        self.0.iter().map(|projection| projection.facts())
    }

    /// The sharded counters of all projections that have some.
    #[must_use]
    pub fn counters(&self) -> Vec<ShardedCounters> {
        self.facts().filter_map(|facts| facts.counters).collect()
    }

    /// Finds a projection by its name.
    ///
    /// # Errors
    /// [`UnknownProjection`] if no registered projection has the name.
    pub(crate) fn by_name(&self, name: &str) -> Result<&dyn RunningProjection, UnknownProjection> {
        let found = self.0.iter().find(|projection| projection.facts().name == name);
        found.map(AsRef::as_ref).ok_or_else(|| UnknownProjection(name.to_owned()))
    }
}

/// Lists the checkpoints of a follower of `streams`, as [`views_of`] lists those of projections.
pub(crate) fn checkpoints_of<'a>(
    facts: &FollowerFacts,
    streams: impl Iterator<Item = &'a StreamId>,
) -> (Vec<(&'static str, &'a StreamId)>, Vec<CheckpointItem>) {
    let followed = streams.filter(|stream| (facts.follows)(stream));
    followed.map(|stream| ((facts.name, stream), (facts.checkpoint)(stream))).unzip()
}

/// Lists the views of `streams`. Returns each view as the name of its projection and its stream, and the items of the
/// checkpoints in the same sequence.
pub(crate) fn views_of<'a>(
    projections: &[ProjectionFacts],
    streams: impl Iterator<Item = &'a StreamId>,
) -> (Vec<(&'static str, &'a StreamId)>, Vec<CheckpointItem>) {
    let of_stream = |stream: &'a StreamId| {
        let projections = projections.iter().filter(|facts| (facts.follows)(stream));
        projections.map(move |facts| ((facts.name, stream), (facts.checkpoint)(stream)))
    };
    streams.flat_map(of_stream).unzip()
}
