//! A projection over its stores. It moves the view of one stream forward from the view's checkpoint, in one generation
//! of the query table.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroU16;
use std::sync::Arc;

use es_core::{
    Applied, Clock, Commit, DecodeError, EventReader, StoreError, StreamChange, StreamId, StreamVersion,
    Timestamp, Unwritable, ViewWriter, WriteError,
};
use telemetry::Metric;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument, Span};

use crate::{Follower, OtherPolicy, commits_before_corrupt, span};

/// The time from an event's occurrence until a view includes the event.
const VIEW_LAG: Metric = Metric::milliseconds("ViewLag");

/// The maximum number of commits of one read from the event table.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// The maximum number of writes to one view for one batch. With a read before each write, these are 6,400 commits.
const MAX_ROUNDS: u32 = 64;

/// The counts of the projection of one stream.
#[derive(Debug, Default)]
pub(crate) struct StreamCounters {
    /// Commits that were written to the view.
    pub(crate) applied: u64,
    /// Commits that the view already included.
    pub(crate) duplicates: u64,
    /// Gaps that were filled from the event table.
    pub(crate) gaps: u64,
    /// One number for each write: the milliseconds from the occurrence of its oldest event until the view included the
    /// event.
    pub(crate) lags_ms: Vec<u64>,
}

/// Why the projection of a stream stopped before the last commit.
#[derive(Debug)]
pub(crate) enum StopReason {
    /// Every retry would fail in the same way.
    Poison {
        /// The first version that is not projected.
        from: StreamVersion,
        /// The cause.
        cause: Poison,
    },
    /// A retry may succeed.
    Retry(RetryCause),
}

/// Why a stream cannot be projected, now and in every retry.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Poison {
    /// This code cannot read an event.
    #[error("the event at version {version} cannot be read: {source}{}", cure(.source))]
    Unreadable { version: StreamVersion, source: DecodeError },
    /// An item of the event table is not a commit.
    #[error("the event table cannot be read: {0}")]
    Corrupt(StoreError),
    /// The event table lacks a commit that must have been appended before the delivered one.
    #[error("the event table has no commit at version {0}")]
    Missing(StreamVersion),
    /// The view was made from another event table than the commits.
    #[error(
        "the view was made from another event table: build a new generation of the query table from this event table, \
         compare it, and cut over"
    )]
    OtherTimeline,
    /// The view's store can never accept the change.
    #[error(transparent)]
    Unwritable(Unwritable),
}

/// What an operator does about `error`, as the end of a sentence: empty unless a newer release reads the event.
const fn cure(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::UnknownType(_) | DecodeError::FutureSchema { .. } => {
            "; deploy a release that knows it, then redrive"
        }
        DecodeError::Upcast(_) | DecodeError::Shape { .. } => "",
    }
}

/// Why a stream could not be projected this time. A retry may succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RetryCause {
    /// The view could not be written.
    #[error(transparent)]
    Write(WriteError),
    /// The missing commits could not be read.
    #[error(transparent)]
    Read(StoreError),
    /// The stream lacks more commits than one batch may project. The commits projected so far stay in the view.
    #[error("the stream is too far behind for one batch; the next delivery continues")]
    TooFarBehind,
    /// The deadline has passed.
    #[error("the deadline of the batch has passed")]
    OutOfTime,
}

/// The commits of one stream that a view must include.
pub(crate) struct StreamCommits<'a> {
    /// The stream.
    pub(crate) stream: &'a StreamId,
    /// The commits, in any order.
    pub(crate) commits: Vec<&'a Commit>,
}

/// How many streams are written, or dead letters sent, at the same time.
pub(crate) const CONCURRENCY: usize = 16;

/// The generation of the query table that queries do not read.
#[derive(Clone)]
pub struct OtherGeneration<W> {
    /// The name of the generation's table, for the log.
    pub table: String,
    /// The writer of the generation's views.
    pub views: W,
    /// How a batch treats the generation.
    pub policy: OtherPolicy,
}

/// The projection or other follower `P` over given stores.
pub struct Projector<P, R, W> {
    /// The name of the event table. Records of other tables are poison.
    pub(crate) event_table: String,
    /// The event table, from which missing commits are read.
    pub events: R,
    /// The writer of the views.
    pub views: W,
    /// The other generation, if it is written as well.
    pub(crate) other: Option<OtherGeneration<W>>,
    /// The source of the current time, for measuring the views' lag.
    pub(crate) clock: Arc<dyn Clock>,
    /// The metric of the time from an event's occurrence until a view includes the event.
    pub(crate) lag: Metric,
    projection: PhantomData<fn() -> P>,
}

impl StopReason {
    /// Whether the view was made from another event table than the commits.
    pub(crate) const fn is_of_another_event_table(&self) -> bool {
        matches!(self, Self::Poison { cause: Poison::OtherTimeline, .. })
    }

    /// The version at which every retry would stop, if there is one, and the reason with its sources in one line.
    pub(crate) fn describe(&self) -> (Option<StreamVersion>, String) {
        match self {
            Self::Poison { from, cause } => (Some(*from), cause.to_string()),
            Self::Retry(cause) => (None, with_sources(cause)),
        }
    }
}

/// The error and its sources in one line: `the query table is unavailable: … : …`.
#[must_use]
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl<P, R, W> Projector<P, R, W> {
    /// The projection `P` from the streams in `events`, which is the table `event_table`, to `views`. `clock` measures
    /// the lag of the views.
    #[must_use]
    pub const fn new(event_table: String, events: R, views: W, clock: Arc<dyn Clock>) -> Self {
        Self { event_table, events, views, other: None, clock, lag: VIEW_LAG, projection: PhantomData }
    }

    /// The same projector, which records the lag as the metric `lag` in place of `ViewLag`.
    #[must_use]
    pub fn measuring(self, lag: Metric) -> Self {
        Self { lag, ..self }
    }

    /// Also writes the `other` generation of the query table, if given. Each generation has its own checkpoints.
    #[must_use]
    pub fn and_generation(self, other: Option<OtherGeneration<W>>) -> Self {
        Self { other, ..self }
    }
}

/// The result of projecting one stream into one generation.
pub(crate) type StreamEnd = (StreamCounters, Result<(), StopReason>);

/// The projection of a stream into the views of one generation.
pub(crate) struct StreamView<'a, P: Follower, R, W> {
    projector: &'a Projector<P, R, W>,
    views: &'a W,
    stream: &'a StreamId,
    /// The commits that the view does not include yet, by first version.
    pending: BTreeMap<StreamVersion, Commit>,
    /// The view's checkpoint, as soon as a write has returned it.
    checkpoint: Option<StreamVersion>,
    /// How many commits the next read from the event table asks for.
    page: NonZeroU16,
    /// The first run, if it is folded already and not written.
    folded: Option<Run<P::Change>>,
    done: StreamCounters,
}

impl<'a, P, R, W> StreamView<'a, P, R, W>
where
    P: Follower,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// The projection of `commits`, which all belong to `stream`, into `views`.
    pub(crate) fn new(
        projector: &'a Projector<P, R, W>,
        views: &'a W,
        StreamCommits { stream, commits }: &StreamCommits<'a>,
    ) -> Self {
        let pending = commits.iter().map(|&commit| (commit.first, commit.clone())).collect();
        let done = StreamCounters::default();
        Self { projector, views, stream, pending, checkpoint: None, page: PAGE, folded: None, done }
    }

    /// The stream.
    pub(crate) const fn stream(&self) -> &'a StreamId {
        self.stream
    }

    /// Projects the commits that are left, until `deadline`.
    ///
    /// A write that the deadline interrupts may have taken place. The repeated write then finds the view ahead.
    pub(crate) async fn finish(mut self, deadline: Instant) -> StreamEnd {
        let is_late = Instant::now() >= deadline;
        let end = if is_late { None } else { timeout_at(deadline, self.advance()).await.ok() };
        (self.done, end.unwrap_or(Err(StopReason::Retry(RetryCause::OutOfTime))))
    }

    /// The first run, for a write together with other streams; `None` if the first commit cannot be read.
    pub(crate) fn first_run(&self) -> Option<Run<P::Change>> {
        self.first().map(|first| self.fold(first, usize::MAX)).filter(|run| run.fold.commits > 0)
    }

    /// Keeps `run`, whose write has no result, for the next write.
    pub(crate) fn keep(&mut self, run: Run<P::Change>) {
        self.folded = Some(run);
    }

    /// Takes over the result of writing `run`. Returns the stream's end if this is the end, and `self` otherwise.
    pub(crate) fn settle(
        mut self,
        run: &Run<P::Change>,
        applied: Result<Applied, WriteError>,
    ) -> Result<StreamEnd, Box<Self>> {
        if is_too_much(run, &applied) {
            return Err(Box::new(self));
        }
        match self.use_result(run, applied) {
            Ok(()) if self.pending.is_empty() => Ok((self.done, Ok(()))),
            Ok(()) => Err(Box::new(self)),
            Err(stop) => Ok((self.done, Err(stop))),
        }
    }

    /// Projects all commits, and the missing commits before them.
    ///
    /// The first write assumes that the view is at the version before the first commit. That is usually true, and then
    /// one write is enough. Otherwise the refused write returns the checkpoint. Commits that the view already includes
    /// are dropped, and missing commits are read.
    async fn advance(&mut self) -> Result<(), StopReason> {
        for _ in 0..MAX_ROUNDS {
            let Some(first) = self.first() else { return Ok(()) };
            if let Some(checkpoint) = self.checkpoint.filter(|checkpoint| checkpoint.next() != first) {
                self.fill(checkpoint.next()).await?;
            }
            self.write().await?;
        }
        if self.pending.is_empty() { Ok(()) } else { Err(StopReason::Retry(RetryCause::TooFarBehind)) }
    }

    fn first(&self) -> Option<StreamVersion> {
        self.pending.keys().next().copied()
    }

    /// Reads the commits from the version `next` on, which is the version after the view's checkpoint.
    ///
    /// The commits before a corrupt one are projected. The read is consistent, and a writer appends a commit only after
    /// the commits that it has read. The event table therefore has every commit before a delivered one. If a commit is
    /// missing, somebody has deleted it.
    async fn fill(&mut self, next: StreamVersion) -> Result<(), StopReason> {
        let (events, page) = (&self.projector.events, &mut self.page);
        let missing = commits_before_corrupt(events, self.stream, next.previous(), page).await;
        let missing = missing.map_err(|error| match error {
            StoreError::Corrupt { .. } => StopReason::Poison { from: next, cause: Poison::Corrupt(error) },
            StoreError::Throttled(_) | StoreError::Unavailable(_) => {
                StopReason::Retry(RetryCause::Read(error))
            }
        })?;
        if missing.first().is_none_or(|commit| commit.first != next) {
            return Err(StopReason::Poison { from: next, cause: Poison::Missing(next) });
        }
        self.pending.extend(missing.into_iter().map(|commit| (commit.first, commit)));
        self.done.gaps += 1;
        Ok(())
    }

    /// Writes the first run of consecutive commits to the view, if the view is at the version before them.
    async fn write(&mut self) -> Result<(), StopReason> {
        let Some(first) = self.first() else { return Ok(()) };
        let run = self.folded.take().unwrap_or_else(|| self.fold(first, usize::MAX));
        if run.fold.commits == 0 {
            return run.fold.unreadable.map_or(Ok(()), |(version, source)| {
                Err(StopReason::Poison { from: first, cause: Poison::Unreadable { version, source } })
            });
        }
        let applied = self.apply(&run).await;
        if is_too_much(&run, &applied) {
            let alone = self.fold(first, 1);
            let applied = self.apply(&alone).await;
            return self.use_result(&alone, applied);
        }
        self.use_result(&run, applied)
    }

    async fn apply(&self, run: &Run<P::Change>) -> Result<Applied, WriteError> {
        let StreamChange { stream, change, after, to } = run.change(self.stream);
        self.views.apply(stream, change, after, to).instrument(run.span.clone()).await
    }

    /// Folds the run of up to `most` consecutive commits that starts at `first`.
    fn fold(&self, first: StreamVersion, most: usize) -> Run<P::Change> {
        let after = first.previous();
        let fold = fold::<P>(self.pending.values().take(most), after);
        let span = if fold.commits > 0 {
            let commits = self.pending.range(..=fold.to).map(|(_, commit)| commit);
            span::for_run::<P>(self.stream, commits, fold.to)
        } else {
            Span::none()
        };
        Run { fold, after, span }
    }

    fn use_result(
        &mut self,
        run: &Run<P::Change>,
        applied: Result<Applied, WriteError>,
    ) -> Result<(), StopReason> {
        let from = run.after.next();
        match applied.map_err(|error| stop_after_write_error(from, error))? {
            Applied::Written => {
                self.written(&run.fold);
                Ok(())
            }
            Applied::Behind { checkpoint } | Applied::Ahead { checkpoint } => {
                self.done.duplicates += self.drop_through(checkpoint);
                Ok(())
            }
            Applied::OtherTimeline => Err(StopReason::Poison { from, cause: Poison::OtherTimeline }),
        }
    }

    fn written(&mut self, run: &Fold<P::Change>) {
        self.done.applied += run.commits;
        let oldest = self.pending.values().next().map(|commit| commit.metadata.occurred_at);
        let clock = self.projector.clock.as_ref();
        self.done.lags_ms.extend(oldest.map(|occurred_at| age_ms(clock, occurred_at)));
        self.drop_through(run.to);
    }

    /// Sets the view's checkpoint and drops the commits that the view includes. Returns how many commits were dropped.
    fn drop_through(&mut self, checkpoint: StreamVersion) -> u64 {
        let ahead = self.pending.split_off(&checkpoint.next());
        let dropped = std::mem::replace(&mut self.pending, ahead);
        self.checkpoint = Some(checkpoint);
        dropped.len() as u64
    }
}

/// Whether the store can never accept the change of several commits. It may accept that of each commit alone, because its
/// limits concern the whole change.
const fn is_too_much<C>(run: &Run<C>, applied: &Result<Applied, WriteError>) -> bool {
    let is_limited = matches!(
        applied,
        Err(WriteError::Unwritable(Unwritable::TooLarge { .. } | Unwritable::Invalid { .. }))
    );
    run.fold.commits > 1 && is_limited
}

/// The milliseconds since `occurred_at`; 0 if `occurred_at` is in the future, because the clocks of two machines
/// differ.
fn age_ms(clock: &dyn Clock, occurred_at: Timestamp) -> u64 {
    let micros = clock.now().micros().saturating_sub(occurred_at.micros());
    u64::try_from(micros / 1000).unwrap_or(0)
}

fn stop_after_write_error(from: StreamVersion, error: WriteError) -> StopReason {
    match error {
        WriteError::Unwritable(unwritable) => {
            StopReason::Poison { from, cause: Poison::Unwritable(unwritable) }
        }
        WriteError::Throttled(_) | WriteError::Unavailable(_) => StopReason::Retry(RetryCause::Write(error)),
    }
}

/// A run of consecutive commits, which one write adds to the view.
pub(crate) struct Run<C> {
    fold: Fold<C>,
    /// The version before the run.
    after: StreamVersion,
    /// The span of the write.
    span: Span,
}

impl<C> Run<C> {
    /// The change of the view of `stream`.
    pub(crate) const fn change<'a>(&'a self, stream: &'a StreamId) -> StreamChange<'a, C> {
        StreamChange { stream, change: &self.fold.change, after: self.after, to: self.fold.to }
    }
}

/// The combined change of a run of consecutive commits.
struct Fold<C> {
    change: C,
    /// The version after the change; the version before the first commit if no commit could be read.
    to: StreamVersion,
    /// How many commits are in the change.
    commits: u64,
    /// The event after the run that cannot be read, if there is one.
    unreadable: Option<(StreamVersion, DecodeError)>,
}

/// Folds `commits`, which are sorted by version, until a version is missing or a commit cannot be read.
///
/// A commit is folded as a whole or not at all. An event of an unknown type cannot be read either: if `to` moved past
/// the event, newer code that knows its effect would never project the event.
fn fold<'a, P: Follower>(
    commits: impl IntoIterator<Item = &'a Commit>,
    after: StreamVersion,
) -> Fold<P::Change> {
    let mut fold = Fold { change: P::Change::default(), to: after, commits: 0, unreadable: None };
    for commit in commits {
        if commit.first != fold.to.next() {
            break;
        }
        match P::read(commit) {
            Ok(read) => fold.change = P::add(fold.change, read),
            Err(unreadable) => {
                fold.unreadable = Some(unreadable);
                break;
            }
        }
        fold.to = commit.last();
        fold.commits += 1;
    }
    fold
}
