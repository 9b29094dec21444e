//! The projection of one stream: forward from where its view is, whatever the batch brought of it.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroU16;
use std::time::SystemTime;

use es_core::{
    Applied, Commit, EventReader, Projection, StoreError, StreamId, StreamVersion, Timestamp, ViewWriter,
    WriteError,
};
use tracing::Instrument;

use crate::fold::{Fold, fold};
use crate::span;
use crate::stop::{Failure, Poison, Stop};

/// How many commits one read of the event table brings at most.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// The most writes of one view for one batch: with a read before each, 6,400 commits.
const MAX_ROUNDS: u32 = 64;

/// What was done for a stream.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Commits that are in the view now.
    pub(crate) applied: u64,
    /// Commits that the view had already.
    pub(crate) duplicates: u64,
    /// Gaps that were filled from the event table.
    pub(crate) gaps: u64,
    /// Events of unknown type among them.
    pub(crate) skipped: u64,
    /// For each write the milliseconds from when its oldest event occurred until the view had it.
    pub(crate) lags_ms: Vec<u64>,
}

/// A stream on its way.
pub(crate) struct StreamProjection<'a, P, R, W> {
    events: &'a R,
    views: &'a W,
    stream: &'a StreamId,
    /// What is not in the view yet, by first version.
    pending: BTreeMap<StreamVersion, Commit>,
    /// Where the view is, once a write has told.
    checkpoint: Option<StreamVersion>,
    done: Done,
    projection: PhantomData<P>,
}

impl<'a, P, R, W> StreamProjection<'a, P, R, W>
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// The projection of `commits`, which are all of `stream`.
    pub(crate) fn new(
        events: &'a R,
        views: &'a W,
        stream: &'a StreamId,
        commits: impl IntoIterator<Item = Commit>,
    ) -> Self {
        let pending = commits.into_iter().map(|commit| (commit.first, commit)).collect();
        let done = Done::default();
        Self { events, views, stream, pending, checkpoint: None, done, projection: PhantomData }
    }

    /// Projects all commits, and those that turn out to be missing before them.
    ///
    /// It begins as if the view were right before the first commit. Normally it is, and one write is all. Otherwise
    /// the refused write tells where the view is; what it has is dropped, and what it lacks is read.
    pub(crate) async fn run(mut self) -> (Done, Result<(), Stop>) {
        let result = self.advance().await;
        (self.done, result)
    }

    async fn advance(&mut self) -> Result<(), Stop> {
        for _ in 0..MAX_ROUNDS {
            let Some(first) = self.first() else { return Ok(()) };
            if let Some(checkpoint) = self.checkpoint.filter(|checkpoint| checkpoint.next() != first) {
                self.fill(checkpoint.next()).await?;
            }
            self.write().await?;
        }
        if self.pending.is_empty() { Ok(()) } else { Err(Stop::Failure(Failure::TooFarBehind)) }
    }

    fn first(&self) -> Option<StreamVersion> {
        self.pending.keys().next().copied()
    }

    /// Reads the commits from version `next` on, which is right behind the view.
    ///
    /// The read is consistent, and a commit is appended only behind what its writer had read. So the commits
    /// before one that was delivered are there; if they are not, somebody has removed them.
    async fn fill(&mut self, next: StreamVersion) -> Result<(), Stop> {
        let found = self.events.commits_after(self.stream, next.previous(), PAGE).await;
        let missing = found.map_err(|error| match error {
            StoreError::Corrupt { .. } => Stop::Poison { from: next, cause: Poison::Corrupt(error) },
            StoreError::Throttled(_) | StoreError::Unavailable(_) => Stop::Failure(Failure::Read(error)),
        })?;
        if missing.first().is_none_or(|commit| commit.first != next) {
            return Err(Stop::Poison { from: next, cause: Poison::Missing(next) });
        }
        self.pending.extend(missing.into_iter().map(|commit| (commit.first, commit)));
        self.done.gaps += 1;
        Ok(())
    }

    /// Writes the first run of commits to the view, if the view is where they begin.
    async fn write(&mut self) -> Result<(), Stop> {
        let Some(first) = self.first() else { return Ok(()) };
        let after = first.previous();
        let run = fold::<P>(self.pending.values(), after);
        if run.commits > 0 {
            let commits = self.pending.range(..=run.to).map(|(_, commit)| commit);
            let span = span::of_run::<P>(self.stream, commits, run.to);
            let applied = self.views.apply(self.stream, &run.change, after, run.to).instrument(span).await;
            match applied.map_err(|error| stop(first, error))? {
                Applied::Written => self.written(&run),
                Applied::Behind { checkpoint } | Applied::Ahead { checkpoint } => {
                    self.done.duplicates += self.drop_through(checkpoint);
                    return Ok(());
                }
            }
        }
        run.unreadable.map_or(Ok(()), |(version, source)| {
            Err(Stop::Poison { from: run.to.next(), cause: Poison::Unreadable { version, source } })
        })
    }

    fn written(&mut self, run: &Fold<P::Change>) {
        self.done.applied += run.commits;
        self.done.skipped += run.skipped;
        let oldest = self.pending.values().next().map(|commit| commit.metadata.occurred_at);
        self.done.lags_ms.extend(oldest.map(age_ms));
        self.drop_through(run.to);
    }

    /// Takes `checkpoint` for where the view is, and drops what it has; how many commits that are.
    fn drop_through(&mut self, checkpoint: StreamVersion) -> u64 {
        let ahead = self.pending.split_off(&checkpoint.next());
        let dropped = std::mem::replace(&mut self.pending, ahead);
        self.checkpoint = Some(checkpoint);
        dropped.len() as u64
    }
}

/// How long ago `occurred_at` is in milliseconds; nothing where the clocks of two machines have it in the future.
fn age_ms(occurred_at: Timestamp) -> u64 {
    let micros = Timestamp::from(SystemTime::now()).micros().saturating_sub(occurred_at.micros());
    u64::try_from(micros / 1000).unwrap_or(0)
}

fn stop(from: StreamVersion, error: WriteError) -> Stop {
    match error {
        WriteError::Unwritable(unwritable) => Stop::Poison { from, cause: Poison::Unwritable(unwritable) },
        WriteError::Throttled(_) | WriteError::Unavailable(_) => Stop::Failure(Failure::Write(error)),
    }
}
