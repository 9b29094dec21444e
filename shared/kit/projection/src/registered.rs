//! Projections as entries of a list: what an entry holds, and the object that runs a projection over given stores. The
//! same for followers that are no projections.

use std::sync::Arc;

use es_core::{Category, Clock, Commit, EventReader, Projection, StreamId, ViewWriter};
use event_stream::{Batch, BatchResponse};
use futures::future::BoxFuture;
use tokio::time::Instant;
use view_store::{CheckpointItem, QueryTable, ShardedCounters, StoredChange};

use crate::{
    Counters, DeadLetterQueue, Follower, OtherGeneration, OtherTable, Projector, Replayed, WrittenTables,
};

/// The stores that projections work with.
#[derive(Clone)]
pub struct Stores<R> {
    /// The event table.
    pub events: R,
    /// The generations of the query table that are written.
    pub tables: WrittenTables,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
}

impl<R> Stores<R> {
    /// The name of the event table, from which the views in both generations are made.
    #[must_use]
    pub fn event_table(&self) -> &str {
        &self.tables.live.timeline
    }
}

/// Stores, and a wrapper for the writers to them. Deployed functions use [`Stores`] without a wrapper.
pub trait Environment {
    /// The event table.
    type Events: EventReader + Clone + 'static;
    /// A wrapped writer of views. The simulation wraps writers to add planted bugs.
    type Writer<C: Sync, W: ViewWriter<C> + 'static>: ViewWriter<C> + 'static;

    /// The stores.
    fn stores(&self) -> &Stores<Self::Events>;
    /// Wraps `writer`.
    fn wrap<C: Sync, W: ViewWriter<C> + 'static>(&self, writer: W) -> Self::Writer<C, W>;
}

impl<R: EventReader + Clone + 'static> Environment for Stores<R> {
    type Events = R;
    type Writer<C: Sync, W: ViewWriter<C> + 'static> = W;

    fn stores(&self) -> &Self {
        self
    }

    fn wrap<C: Sync, W: ViewWriter<C> + 'static>(&self, writer: W) -> W {
        writer
    }
}

/// A projection whose views are in the query table.
pub trait ViewProjection: Projection<Change: StoredChange> + Send + Sync + 'static {}

impl<P: Projection<Change: StoredChange> + Send + Sync + 'static> ViewProjection for P {}

/// The writer of the projection `P` in the environment `E`.
type WriterIn<P, E> = <E as Environment>::Writer<
    <P as Projection>::Change,
    <<P as Projection>::Change as StoredChange>::Writer,
>;

/// The projection `P` over the stores of `environment`.
pub fn projector_for<P: ViewProjection, E: Environment>(
    environment: &E,
) -> Projector<P, E::Events, WriterIn<P, E>> {
    let stores = environment.stores();
    let Stores { events, tables: WrittenTables { live, other }, clock } = stores;
    let views = |table: &QueryTable| environment.wrap(P::Change::writer(table.clone()));
    let other = other.as_ref().map(|OtherTable { table, policy }| OtherGeneration {
        table: table.name.clone(),
        views: views(table),
        policy: policy.clone(),
    });
    let event_table = stores.event_table().to_owned();
    Projector::new(event_table, events.clone(), views(live), Arc::clone(clock)).and_generation(other)
}

/// An entry of a list of projections.
pub trait RegistryEntry {
    /// The entry for the projection `P`.
    fn of_projection<P: ViewProjection>() -> Self;
}

/// What an operator needs to know about a projection.
#[derive(Debug, Clone)]
pub struct ProjectionFacts {
    /// The projection's name, which is also the name of its function.
    pub name: &'static str,
    /// The category of the streams that it projects.
    pub category: Category,
    /// Whether it projects a stream.
    pub follows: fn(&StreamId) -> bool,
    /// The item with the checkpoint of a stream's view.
    pub checkpoint: fn(&StreamId) -> CheckpointItem,
    /// The sharded counters among the views, if there are any.
    pub counters: Option<ShardedCounters>,
}

impl RegistryEntry for ProjectionFacts {
    fn of_projection<P: ViewProjection>() -> Self {
        Self {
            name: P::NAME,
            category: P::CATEGORY,
            follows: P::follows,
            checkpoint: P::Change::checkpoint,
            counters: P::Change::counters(),
        }
    }
}

/// A projection that can run over the stores of any environment of the type `E`.
pub struct Registered<E> {
    /// The projection's name.
    pub name: &'static str,
    /// Builds the projection over the stores of an environment.
    pub connect: fn(&E) -> Box<dyn RunningProjection>,
}

impl<E: Environment> RegistryEntry for Registered<E> {
    fn of_projection<P: ViewProjection>() -> Self {
        Self { name: P::NAME, connect: |environment| Box::new(projector_for::<P, E>(environment)) }
    }
}

/// A projection over given stores, independent of the projection's type.
pub trait RunningProjection: Send + Sync {
    /// What an operator needs to know about the projection.
    fn facts(&self) -> ProjectionFacts;

    /// See [`Projector::project`].
    fn project<'a>(
        &'a self,
        batch: &'a Batch,
        dead_letters: &'a dyn DeadLetterQueue,
        deadline: Instant,
    ) -> BoxFuture<'a, (BatchResponse, Counters)>;

    /// See [`Projector::replay`].
    fn replay<'a>(&'a self, commits: &'a [Commit], deadline: Instant) -> BoxFuture<'a, Replayed>;
}

impl<P, R, W> RunningProjection for Projector<P, R, W>
where
    P: ViewProjection,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    fn facts(&self) -> ProjectionFacts {
        ProjectionFacts::of_projection::<P>()
    }

    fn project<'a>(
        &'a self,
        batch: &'a Batch,
        dead_letters: &'a dyn DeadLetterQueue,
        deadline: Instant,
    ) -> BoxFuture<'a, (BatchResponse, Counters)> {
        Box::pin(Self::project(self, batch, dead_letters, deadline))
    }

    fn replay<'a>(&'a self, commits: &'a [Commit], deadline: Instant) -> BoxFuture<'a, Replayed> {
        Box::pin(Self::replay(self, commits, deadline))
    }
}

/// What an operator needs to know about a follower that is no projection.
#[derive(Debug, Clone)]
pub struct FollowerFacts {
    /// The follower's name, which is also the name of its function.
    pub name: &'static str,
    /// Whether the follower takes the commits of a stream.
    pub follows: fn(&StreamId) -> bool,
    /// The item with the checkpoint of a stream.
    pub checkpoint: fn(&StreamId) -> CheckpointItem,
    /// The table of the checkpoints, which has the keys of a query table.
    pub table: QueryTable,
}

/// A follower that is no projection, over given stores.
pub trait RunningFollower: Send + Sync {
    /// What an operator needs to know about the follower.
    fn facts(&self) -> FollowerFacts;

    /// See [`Projector::replay`].
    fn replay<'a>(&'a self, commits: &'a [Commit], deadline: Instant) -> BoxFuture<'a, Replayed>;
}
