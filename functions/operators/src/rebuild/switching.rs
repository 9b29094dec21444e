//! Changes the switch of the generations: begins and ends the other generation, and cuts over to it.
//!
//! Functions learn a change late, but not later than the maximum age of what they know, and an invocation works on with
//! what it knew at its beginning. A change is settled when no running invocation can act on the state before it.

use std::sync::Arc;
use std::time::Duration;

use es_core::{Clock, WriteError};
use tokio::time::{Instant, sleep};
use view_store::{
    DynamoGenerations, FinishedComparison, Generation, Generations, ReadError, SecondGeneration, Stage,
};

use crate::rebuild::Compared;

/// How much later than its time a change may take effect, with all attempts of its request; and how much later than the
/// end of a function its last request may. The difference between the clocks of two sandboxes, which Amazon Time Sync
/// sets, is much smaller.
const LATE: Duration = aws_client::OPERATION_TIMEOUT.saturating_add(aws_client::ATTEMPT_TIMEOUT);

/// The longest time that a query may run: API Gateway ends a request after 30 seconds (API Gateway Developer Guide,
/// "Quotas for configuring and running an HTTP API": maximum integration timeout).
const LONGEST_QUERY: Duration = Duration::from_secs(30);

/// How long a change of the switch takes to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettleTimes {
    /// Until no projection acts on the state before the change.
    pub of_projections: Duration,
    /// Until no projection and no query acts on the state before the change.
    pub of_queries: Duration,
}

impl SettleTimes {
    /// The times if functions use what they know up to the age `max_age`, and a projection works on a batch for at most
    /// `projection_timeout`. A redrive works as long on a page.
    #[must_use]
    pub fn new(max_age: Duration, projection_timeout: Duration) -> Self {
        Self {
            of_projections: max_age + projection_timeout + LATE,
            of_queries: max_age + projection_timeout.max(LONGEST_QUERY) + LATE,
        }
    }
}

/// The switch with the operations on it.
pub struct GenerationSwitch {
    /// The stored switch.
    pub store: DynamoGenerations,
    /// The clock. It measures how long a change has had to settle.
    pub clock: Arc<dyn Clock>,
    /// How long a change takes to settle.
    pub settle_times: SettleTimes,
}

/// The generation that a cut-over makes live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Whether it is the generation that was live before the begun one.
    pub is_back: bool,
    /// Whether the operator accepts the differences that the last comparison found.
    pub accepts_differences: bool,
}

/// Why the switch is not changed. Each message names the cure.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The switch could not be read.
    #[error("the switch of the generations cannot be read; invoke the task again")]
    Unread(#[from] ReadError),
    /// The switch could not be written.
    #[error("the switch of the generations cannot be written; invoke the task again")]
    Unwritten(#[from] WriteError),
    /// Another invocation has changed the switch meanwhile.
    #[error("another invocation has changed the switch of the generations; look at the task progress")]
    Taken,
    /// The other generation was begun with another value of `empty`, or it was live before a cut-over.
    #[error(
        "the generation {0} is in use already: look at the task progress; only if nobody needs what it has, end its use \
         with the task end, and then begin"
    )]
    InUse(Generation),
    /// The other generation is not in use.
    #[error("no generation was begun: begin one, build it and compare it first")]
    NotBegun,
    /// The other generation is being emptied or built.
    #[error("the generation {0} is not built: wait until the task progress says done, then compare")]
    NotBuilt(Generation),
    /// No comparison of this run is finished.
    #[error(
        "the generations were not compared since the run began: run the task compare until its state is equal"
    )]
    NotCompared,
    /// The last comparison found differences.
    #[error(
        "the last comparison found differences: run the rebuild again with restart, and compare; if the differences are \
         wanted, as after a change of a view or a restore, cut over with accept_differences"
    )]
    Different,
    /// A generation missed streams after the comparison.
    #[error(
        "a generation missed streams since the comparison began: compare again, and if the state is different, run the \
         rebuild again with restart, and compare"
    )]
    Missed,
    /// The comparison is of another run, or another generation was live then.
    #[error("the value of from belongs to another comparison: compare from the beginning")]
    OtherComparison,
    /// The time is up before the change is settled.
    #[error("the time is up before every function knows the last change: invoke the task again")]
    OutOfTime,
}

impl GenerationSwitch {
    /// The state of the switch.
    ///
    /// # Errors
    /// [`SwitchError::Unread`].
    pub async fn load(&self) -> Result<Generations, SwitchError> {
        Ok(self.store.load().await?)
    }

    /// Begins to use the other generation. With `empty`, its items are deleted first. `last_run` is the number of the
    /// last run in its table. A repeated request changes nothing, whatever the stage is meanwhile.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes.
    pub async fn begin(&self, empty: bool, last_run: u64) -> Result<Generations, SwitchError> {
        let before = self.load().await?;
        let stage = if empty { Stage::Emptying } else { Stage::Building };
        match before.second {
            Some(second) if (second.begun, second.is_emptied) == (before.other(), empty) => {
                return Ok(before);
            }
            Some(_) => return Err(SwitchError::InUse(before.other())),
            None => {}
        }
        let second =
            Some(SecondGeneration { begun: before.other(), stage, is_emptied: empty, comparison: None });
        let run = before.run.max(last_run) + 1;
        self.change(before, Generations { second, run, ..before }).await
    }

    /// Begins another run of the rebuild of the other generation, which keeps its items.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes.
    pub async fn restart(&self, last_run: u64, deadline: Instant) -> Result<Generations, SwitchError> {
        let before = self.settled_after_switch(deadline).await?;
        let Some(second) = before.second else { return Err(SwitchError::NotBegun) };
        if second.stage == Stage::Emptying {
            return Err(SwitchError::NotBuilt(before.other()));
        }
        let second = Some(SecondGeneration { stage: Stage::Building, comparison: None, ..second });
        let run = before.run.max(last_run) + 1;
        self.change(before, Generations { second, run, ..before }).await
    }

    /// Ends the use of the other generation, also while it is built. A repeated request changes nothing.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes.
    pub async fn end(&self, deadline: Instant) -> Result<Generations, SwitchError> {
        let before = self.settled_after_switch(deadline).await?;
        if before.second.is_none() {
            return Ok(before);
        }
        self.change(before, Generations { second: None, ..before }).await
    }

    /// Moves the other generation on to `stage`, from the state `before`.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes.
    pub async fn move_on(&self, before: Generations, stage: Stage) -> Result<Generations, SwitchError> {
        self.change(before, before.with_stage(stage)).await
    }

    /// Stores the result of a comparison. `began` is the state in which it began.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes.
    pub async fn record(&self, began: &Compared, is_equal: bool) -> Result<(), SwitchError> {
        let before = self.load().await?;
        let Some(second) = before.second.filter(|_| began.is_of(&before)) else {
            return Err(SwitchError::Taken);
        };
        let comparison = Some(FinishedComparison { is_equal, missed: began.missed });
        let second = Some(SecondGeneration { comparison, ..second });
        // The time of the last change stays: the comparison changes nothing that a function acts on.
        let after = Generations { second, ..before };
        if self.store.change(&before, &after).await? { Ok(()) } else { Err(SwitchError::Taken) }
    }

    /// Makes the begun generation live, or the generation that was live before it.
    ///
    /// First every projection must write both generations before a batch is done. When this is settled, no generation can
    /// miss a stream unseen, and the switch changes on the condition that none was missed since the comparison began.
    /// A repeated request continues where the last one stopped, and changes nothing if the generation is live. The last
    /// comparison must have found the generations equal, unless the operator accepts the differences.
    ///
    /// # Errors
    /// [`SwitchError`]. Its variants name the causes. The generation that was live stays live.
    pub async fn cut_over(&self, to: Target, deadline: Instant) -> Result<Generations, SwitchError> {
        let before = self.load().await?;
        let Some(SecondGeneration { begun, stage, .. }) = before.second else {
            return Err(SwitchError::NotBegun);
        };
        if before.live == if to.is_back { begun.other() } else { begun } {
            return Ok(before);
        }
        let strict = match stage {
            Stage::Emptying | Stage::Building => return Err(SwitchError::NotBuilt(before.other())),
            Stage::Complete => {
                check(&before, to)?;
                self.move_on(before, Stage::Strict).await?
            }
            Stage::Strict | Stage::Switched => before,
        };
        // After a cut-over, the batches have been strict since before it.
        let needed = match strict.stage() {
            Some(Stage::Switched) => Duration::ZERO,
            _ => self.settle_times.of_projections,
        };
        let flipped = match self.settle(&strict, needed, deadline).await {
            Ok(()) => self.flip(&strict, to).await,
            Err(error) => Err(error),
        };
        match flipped {
            Err(error) if strict.stage() == Some(Stage::Strict) => {
                self.move_on(strict, Stage::Complete).await?;
                Err(error)
            }
            flipped => flipped,
        }
    }

    /// Makes the other generation live if the generations are still known to be equal.
    async fn flip(&self, strict: &Generations, to: Target) -> Result<Generations, SwitchError> {
        let now = self.load().await?;
        if now.since != strict.since {
            return Err(SwitchError::Taken);
        }
        check(&now, to)?;
        let after = Generations { live: now.other(), ..now.with_stage(Stage::Switched) };
        let after = after.changed_at(self.clock.now());
        if self.store.change_if_none_missed(&now, &after).await? {
            return Ok(after);
        }
        let found = self.load().await?;
        if found.since != strict.since {
            return Err(SwitchError::Taken);
        }
        check(&found, to)?;
        Err(SwitchError::Missed)
    }

    /// The state when the last cut-over is settled, and no batch is strict any more.
    async fn settled_after_switch(&self, deadline: Instant) -> Result<Generations, SwitchError> {
        let before = self.load().await?;
        if before.stage() == Some(Stage::Switched) {
            self.settle(&before, self.settle_times.of_queries, deadline).await?;
        }
        Ok(before)
    }

    /// How much of `needed`, the time in which a change settles, the state `generations` still lacks.
    #[must_use]
    pub fn unsettled(&self, generations: &Generations, needed: Duration) -> Duration {
        generations.left_of(needed, self.clock.now())
    }

    /// Waits until the state `generations` is settled, which takes `needed`.
    async fn settle(
        &self,
        generations: &Generations,
        needed: Duration,
        deadline: Instant,
    ) -> Result<(), SwitchError> {
        let left = self.unsettled(generations, needed);
        if Instant::now() + left >= deadline {
            return Err(SwitchError::OutOfTime);
        }
        sleep(left).await;
        Ok(())
    }

    async fn change(&self, before: Generations, after: Generations) -> Result<Generations, SwitchError> {
        let after = after.changed_at(self.clock.now());
        if self.store.change(&before, &after).await? { Ok(after) } else { Err(SwitchError::Taken) }
    }
}

/// What a comparison compares that begins in the state `generations`.
///
/// # Errors
/// [`SwitchError::NotBegun`] or [`SwitchError::NotBuilt`] if there is nothing to compare.
pub(crate) fn comparable(generations: &Generations) -> Result<Compared, SwitchError> {
    match generations.stage() {
        None => Err(SwitchError::NotBegun),
        Some(Stage::Emptying | Stage::Building) => Err(SwitchError::NotBuilt(generations.other())),
        Some(Stage::Complete | Stage::Strict | Stage::Switched) => {
            Ok(Compared { generation: generations.other(), run: generations.run, missed: generations.missed })
        }
    }
}

/// Checks that the generations were equal and that neither has missed a stream since.
fn check(generations: &Generations, to: Target) -> Result<(), SwitchError> {
    match generations.comparison() {
        None => Err(SwitchError::NotCompared),
        Some(comparison) if comparison.missed != generations.missed => Err(SwitchError::Missed),
        Some(comparison) if !comparison.is_equal && !to.accepts_differences => Err(SwitchError::Different),
        Some(_) => Ok(()),
    }
}
