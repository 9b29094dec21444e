//! One lane of one shard: it reads a batch, delivers it, and repeats.

use std::time::Duration;

use stack_base::stop::Stopped;
use stack_kinesis::{Checkpoints, SequenceNumber, Slice};
use stack_lambda::Invoke;
use stack_template::EventSourceMapping;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::batch::{Filled, fill};
use super::context::{Context, MappingError, backoff};
use super::delivery::Deliverer;
use super::event::Origin;
use super::progress::Progress;

/// Interval at which an idle lane checks for records without a signal.
const IDLE: Duration = Duration::from_secs(30);
/// Number of other lanes' records after which an idle lane stores a new checkpoint. The store can then trim those
/// records.
const PASSED_RECORDS: i64 = 1000;

/// What a lane does after a step.
enum Next {
    GoOn,
    End,
}

/// One lane.
pub(super) struct Lane<I> {
    delivery: Deliverer<I>,
    arrivals: watch::Receiver<()>,
    after: SequenceNumber,
}

impl<I: Invoke> Lane<I> {
    /// Opens the lane at its checkpoint, or at the start of the shard if it has none.
    pub(super) fn open(
        mapping: &EventSourceMapping,
        role: &str,
        context: &Context<I>,
        checkpoints: Checkpoints,
        progress: &Progress,
        stopped: Stopped,
    ) -> Result<Self, MappingError> {
        let arrivals = context.kinesis.arrivals(&mapping.source.record_stream())?;
        let after = checkpoints.load()?.unwrap_or(SequenceNumber(0));
        checkpoints.save(after)?;
        let origin =
            Origin { source: mapping.source.clone(), shard: checkpoints.shard, role: role.to_owned() };
        let (mapping, context, progress) = (mapping.clone(), context.clone(), progress.clone());
        let delivery = Deliverer { mapping, origin, context, checkpoints, progress, stopped };
        Ok(Self { delivery, arrivals, after })
    }

    /// Runs until the lane has finished its closed shard or the mapping stops. It logs failures of the database and
    /// retries.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        let mut opened = None;
        while !self.delivery.stopped.is_sent() {
            match self.step(&mut opened).await {
                Ok(Next::GoOn) => failures = 0,
                Ok(Next::End) => return,
                Err(error) => {
                    failures += 1;
                    tracing::error!(mapping = self.delivery.mapping.id, %error, "a lane failed; retrying");
                    self.wait_until(Instant::now() + backoff(failures), false).await;
                }
            }
        }
    }

    async fn step(&mut self, opened: &mut Option<Instant>) -> Result<Next, MappingError> {
        // The signal is reset before the read. A record that arrives after the read then wakes the wait below.
        self.arrivals.mark_unchanged();
        let kinesis = self.delivery.context.kinesis.clone();
        let newest = kinesis.newest()?;
        match fill(&kinesis, &self.delivery.mapping, self.slice(), opened)? {
            Filled::Whole(records) => {
                let last = records.last().map_or(self.after, |record| record.sequence);
                if self.delivery.deliver(records).await? {
                    self.after = last;
                } else {
                    self.delivery.stopped.wait().await;
                }
            }
            Filled::Partly(closes) => self.wait_until(closes, true).await,
            Filled::Empty if self.is_done()? => return Ok(Next::End),
            Filled::Empty => {
                self.pass(newest)?;
                self.wait_until(Instant::now() + IDLE, true).await;
            }
        }
        Ok(Next::GoOn)
    }

    /// True if the shard is closed and the lane has finished it. Also stores the final checkpoint.
    fn is_done(&mut self) -> Result<bool, MappingError> {
        let Context { kinesis, .. } = &self.delivery.context;
        let stream = &self.delivery.mapping.source.record_stream();
        let shard = kinesis.shard(stream, self.delivery.checkpoints.shard)?;
        // A shard that is closed now gets no records later. An expired shard has none.
        let ending = shard.map_or(Some(self.after), |shard| shard.ending);
        let Some(ending) = ending else { return Ok(false) };
        if !kinesis.read(stream, self.slice(), 1, 0)?.is_empty() {
            return Ok(false);
        }
        self.delivery.checkpoints.save(ending.max(self.after))?;
        Ok(true)
    }

    fn slice(&self) -> Slice {
        let Checkpoints { shard, lane, lanes, .. } = self.delivery.checkpoints;
        Slice { shard, lanes, lane, after: self.after }
    }

    /// Advances the checkpoint to `newest` when the lane has no records up to it.
    fn pass(&mut self, newest: SequenceNumber) -> Result<(), MappingError> {
        if newest.0 - self.after.0 >= PASSED_RECORDS {
            self.delivery.checkpoints.save(newest)?;
            self.after = newest;
        }
        Ok(())
    }

    async fn wait_until(&mut self, instant: Instant, wakes: bool) {
        tokio::select! {
            () = self.delivery.stopped.wait() => {}
            _ = self.arrivals.changed(), if wakes => {}
            () = sleep_until(instant) => {}
        }
    }
}
