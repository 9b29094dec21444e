//! Decides which shards are read. A shard is read only after all its parents are finished, because that keeps the
//! records of a key in order while the stream is resharded (Kinesis guide, "After resharding": read the parents to
//! their end before their children).

use std::collections::BTreeSet;

use stack_base::stop::Stopped;
use stack_base::store::SqliteStore;
use stack_kinesis::{Checkpoints, Shard};
use stack_lambda::Invoke;
use stack_template::EventSourceMapping;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::context::{Context, MappingError, backoff};
use super::lane::Lane;
use super::progress::Progress;

/// The lanes of a mapping on all shards.
pub(super) struct Lineage<I> {
    mapping: EventSourceMapping,
    role: String,
    context: Context<I>,
    store: SqliteStore,
    progress: Progress,
    stopped: Stopped,
    reshards: watch::Receiver<()>,
    /// Shards whose lanes have been started.
    started: BTreeSet<u32>,
    lanes: JoinSet<()>,
}

impl<I: Invoke> Lineage<I> {
    /// A mapping without started lanes.
    ///
    /// # Errors
    /// [`MappingError`] when the stream does not exist.
    pub(super) fn new(
        mapping: EventSourceMapping,
        role: String,
        context: Context<I>,
        store: SqliteStore,
        progress: Progress,
        stopped: Stopped,
    ) -> Result<Self, MappingError> {
        let reshards = context.kinesis.reshards(&mapping.source.record_stream())?;
        let (started, lanes) = (BTreeSet::new(), JoinSet::new());
        Ok(Self { mapping, role, context, store, progress, stopped, reshards, started, lanes })
    }

    /// Runs until the mapping stops. It logs failures of the database and retries.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        while !self.stopped.is_sent() {
            self.reshards.mark_unchanged();
            match self.start_ready() {
                Ok(()) => failures = 0,
                Err(error) => {
                    failures += 1;
                    tracing::error!(mapping = self.mapping.id, %error, "cannot start reading shards; retrying");
                }
            }
            tokio::select! {
                () = self.stopped.wait() => {}
                Some(_) = self.lanes.join_next() => {}
                _ = self.reshards.changed() => {}
                () = sleep(backoff(failures)), if failures > 0 => {}
            }
        }
        while self.lanes.join_next().await.is_some() {}
    }

    /// Starts the lanes of every shard whose parents are finished.
    fn start_ready(&mut self) -> Result<(), MappingError> {
        let shards = self.context.kinesis.shards(&self.mapping.source.record_stream())?;
        let mut open = BTreeSet::new();
        for shard in &shards {
            if !self.is_done(shard)? {
                open.insert(shard.number);
            }
        }
        for shard in &shards {
            let waits = shard.parents().any(|parent| open.contains(&parent));
            if open.contains(&shard.number) && !waits && self.started.insert(shard.number) {
                self.start(shard.number).inspect_err(|_| {
                    self.started.remove(&shard.number);
                })?;
            }
        }
        Ok(())
    }

    /// True if the shard is closed and every lane has reached its end.
    fn is_done(&self, shard: &Shard) -> Result<bool, MappingError> {
        let Some(ending) = shard.ending else { return Ok(false) };
        let slowest = Checkpoints::slowest(&self.store, &self.mapping, shard.number)?;
        Ok(slowest.is_some_and(|slowest| slowest >= ending))
    }

    fn start(&mut self, shard: u32) -> Result<(), MappingError> {
        let mut lanes = Vec::new();
        for lane in 0..self.mapping.parallelization_factor {
            let checkpoints = Checkpoints::new(self.store.clone(), &self.mapping, shard, lane);
            let stopped = self.stopped.clone();
            lanes.push(Lane::open(
                &self.mapping,
                &self.role,
                &self.context,
                checkpoints,
                &self.progress,
                stopped,
            )?);
        }
        Checkpoints::new(self.store.clone(), &self.mapping, shard, 0).forget_extra_lanes()?;
        // The lanes start only after all are open, because a running lane moves the checkpoint from which another lane
        // may have to start.
        for lane in lanes {
            self.lanes.spawn(lane.run());
        }
        Ok(())
    }
}
