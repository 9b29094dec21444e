//! The publisher: a follower of all streams whose view is the bus.

use std::sync::Arc;

use es_core::{Clock, Commit, DecodeError, EventReader, StreamId, StreamVersion};
use event_stream::{Batch, BatchResponse};
use futures::future::BoxFuture;
use projection::{Counters, DeadLetterQueue, Follower, FollowerFacts, Projector, Replayed, RunningFollower};
use telemetry::Metric;
use tokio::time::Instant;
use view_store::QueryTable;

use crate::checkpoints::checkpoint_item;
use crate::{BusWriter, EventBus, NAME};

/// The time from an event's occurrence until the bus has accepted the event.
const PUBLISH_LAG: Metric = Metric::milliseconds("PublishLag");

/// Takes the commits of all streams as they are stored. No event is decoded, so no event is of an unknown type.
#[derive(Debug, Clone, Copy)]
pub enum PublishEvents {}

impl Follower for PublishEvents {
    const NAME: &'static str = NAME;

    type Change = Vec<Commit>;
    type Read = Commit;

    fn follows(_: &StreamId) -> bool {
        true
    }

    fn read(commit: &Commit) -> Result<Commit, (StreamVersion, DecodeError)> {
        let Commit { stream, first, events, metadata, snapshot: _ } = commit.clone();
        Ok(Commit { stream, first, events, metadata, snapshot: None })
    }

    fn add(mut change: Vec<Commit>, commit: Commit) -> Vec<Commit> {
        change.push(commit);
        change
    }
}

/// What an operator needs to know about the publisher whose checkpoints are in `table`.
#[must_use]
pub const fn facts(table: QueryTable) -> FollowerFacts {
    FollowerFacts { name: NAME, follows: PublishEvents::follows, checkpoint: checkpoint_item, table }
}

/// The publisher over its stores.
pub struct Publisher<R, B> {
    projector: Projector<PublishEvents, R, BusWriter<B>>,
    table: QueryTable,
}

impl<R: EventReader, B: EventBus> Publisher<R, B> {
    /// Publishes the events in `events` through `writer`, whose checkpoints are in `table`. The table's timeline is the
    /// event table. `clock` measures the lag.
    #[must_use]
    pub fn new(
        events: R,
        bus: B,
        envelope: crate::Envelope,
        table: QueryTable,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let writer = BusWriter::new(bus, envelope, table.clone());
        let projector = Projector::new(table.timeline.clone(), events, writer, clock).measuring(PUBLISH_LAG);
        Self { projector, table }
    }

    /// Publishes the events of `batch`; see [`Projector::project`].
    pub async fn publish(
        &self,
        batch: &Batch,
        dead_letters: &dyn DeadLetterQueue,
        deadline: Instant,
    ) -> (BatchResponse, Counters) {
        self.projector.project(batch, dead_letters, deadline).await
    }
}

impl<R: EventReader, B: EventBus> RunningFollower for Publisher<R, B> {
    fn facts(&self) -> FollowerFacts {
        facts(self.table.clone())
    }

    fn replay<'a>(&'a self, commits: &'a [Commit], deadline: Instant) -> BoxFuture<'a, Replayed> {
        Box::pin(self.projector.replay(commits, deadline))
    }
}
