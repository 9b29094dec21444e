//! A projection over its stores, and one stream through it: forward from where its view is, in every generation of the
//! query table.

use std::collections::BTreeMap;
use std::iter;
use std::marker::PhantomData;
use std::num::NonZeroU16;
use std::sync::Arc;

use es_core::{
    Applied, Clock, Commit, DecodeError, EventReader, Projection, Recorded, StoreError, StoredEvent,
    StreamId, StreamVersion, Timestamp, Unwritable, ViewWriter, WriteError,
};
use futures::future::join_all;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;

use crate::span;

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

/// Why the projection of a stream stopped before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The cause is there on every later try too.
    Poison {
        /// The version from which on nothing is projected.
        from: StreamVersion,
        /// The cause.
        cause: Poison,
    },
    /// A later try may succeed.
    Failure(Failure),
}

/// A cause that keeps a stream from being projected, now and on every later try.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Poison {
    /// An event cannot be read by this code.
    #[error("the event at version {version} cannot be read: {source}")]
    Unreadable { version: StreamVersion, source: DecodeError },
    /// An item of the event table is not a commit.
    #[error("the event table cannot be read: {0}")]
    Corrupt(StoreError),
    /// The event table lacks a commit that must have been there before the delivered one.
    #[error("the event table has no commit at version {0}")]
    Missing(StreamVersion),
    /// The view's store would never take the change.
    #[error(transparent)]
    Unwritable(Unwritable),
}

/// A cause that kept a stream from being projected this time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The view could not be written.
    #[error(transparent)]
    Write(WriteError),
    /// The missing commits could not be read.
    #[error(transparent)]
    Read(StoreError),
    /// The stream lacks more commits than one batch may bring; what was done so far is kept.
    #[error("the stream is too far behind for one batch")]
    TooFarBehind,
    /// The function's time is nearly up.
    #[error("the time for the batch is up")]
    OutOfTime,
}

/// How many streams are written, or dead letters sent, at once.
pub(crate) const CONCURRENCY: usize = 16;

/// The projection `P` over given stores.
pub struct Projector<P, R, W> {
    /// The event table, where missing commits are read.
    pub events: R,
    /// The writer of the views.
    pub views: W,
    /// The writer of the other generation's views, while the query table has two generations.
    pub(crate) other_views: Option<W>,
    /// The time of day, which tells how late a view is.
    pub(crate) clock: Arc<dyn Clock>,
    projection: PhantomData<fn() -> P>,
}

impl<P, R, W> Projector<P, R, W> {
    /// The projection `P` from the stream of `events` to `views`; `clock` tells how late the views are.
    #[must_use]
    pub const fn new(events: R, views: W, clock: Arc<dyn Clock>) -> Self {
        Self { events, views, other_views: None, clock, projection: PhantomData }
    }

    /// The same projection to `other_views` as well, if there are any: the views of the query table's other
    /// generation. Each generation has its own checkpoints, and a batch is done when it is in both.
    #[must_use]
    pub fn and_generation(self, other_views: Option<W>) -> Self {
        Self { other_views, ..self }
    }
}

impl<P, R, W> Projector<P, R, W>
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Projects `commits`, which are all of `stream`, into each generation at the same time, until `deadline`.
    ///
    /// Each generation has its own checkpoints, so one may be ahead of the other. The counts are those of the first
    /// generation. If the generations end differently, a failure goes before poison, and the lower poison before the
    /// higher.
    ///
    /// A write that the deadline cuts off may have taken place: its repetition finds out.
    pub(crate) async fn project_stream<'a>(
        &self,
        stream: &StreamId,
        commits: impl Iterator<Item = &'a Commit> + Clone,
        deadline: Instant,
    ) -> (Done, Result<(), Stop>) {
        let late = || (Done::default(), Err(Stop::Failure(Failure::OutOfTime)));
        if Instant::now() >= deadline {
            return late();
        }
        let generations = iter::once(&self.views).chain(&self.other_views).map(|views| {
            let pending = commits.clone().map(|commit| (commit.first, commit.clone())).collect();
            let done = Done::default();
            let one = OneView::<_, _, W> { projector: self, views, stream, pending, checkpoint: None, done };
            async move { timeout_at(deadline, one.run()).await.unwrap_or_else(|_| late()) }
        });
        let mut ends = join_all(generations).await.into_iter();
        let Some((done, end)) = ends.next() else { return (Done::default(), Ok(())) };
        (done, ends.fold(end, |end, (_, other)| worse(end, other)))
    }
}

fn worse(one: Result<(), Stop>, other: Result<(), Stop>) -> Result<(), Stop> {
    match (&one, &other) {
        (_, Ok(())) | (Err(Stop::Failure(_)), _) => one,
        (Ok(()), _) | (_, Err(Stop::Failure(_))) => other,
        (Err(Stop::Poison { from, .. }), Err(Stop::Poison { from: other_from, .. })) => {
            if from <= other_from { one } else { other }
        }
    }
}

/// The projection of a stream into one view.
struct OneView<'a, P, R, W> {
    projector: &'a Projector<P, R, W>,
    views: &'a W,
    stream: &'a StreamId,
    /// The commits that are not in the view yet, by first version.
    pending: BTreeMap<StreamVersion, Commit>,
    /// Where the view is, once a write has told.
    checkpoint: Option<StreamVersion>,
    done: Done,
}

impl<P, R, W> OneView<'_, P, R, W>
where
    P: Projection,
    R: EventReader,
    W: ViewWriter<P::Change>,
{
    /// Projects all commits, and those that turn out to be missing before them.
    ///
    /// It begins as if the view were right before the first commit. Normally it is, and one write is all. Otherwise
    /// the refused write tells where the view is; commits that the view has are dropped, and missing ones are read.
    async fn run(mut self) -> (Done, Result<(), Stop>) {
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
    /// The read is consistent, and a commit is appended only behind the commits that its writer had read. So the commits
    /// before one that was delivered are there; if they are not, somebody has removed them.
    async fn fill(&mut self, next: StreamVersion) -> Result<(), Stop> {
        let found = self.projector.events.commits_after(self.stream, next.previous(), PAGE).await;
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
            match applied.map_err(|error| unwritten(first, error))? {
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
        let clock = self.projector.clock.as_ref();
        self.done.lags_ms.extend(oldest.map(|occurred_at| age_ms(clock, occurred_at)));
        self.drop_through(run.to);
    }

    /// Takes `checkpoint` for where the view is, and drops the commits that the view has; how many commits those are.
    fn drop_through(&mut self, checkpoint: StreamVersion) -> u64 {
        let ahead = self.pending.split_off(&checkpoint.next());
        let dropped = std::mem::replace(&mut self.pending, ahead);
        self.checkpoint = Some(checkpoint);
        dropped.len() as u64
    }
}

/// How long ago `occurred_at` is in milliseconds; 0 if the clocks of two machines have it in the future.
fn age_ms(clock: &dyn Clock, occurred_at: Timestamp) -> u64 {
    let micros = clock.now().micros().saturating_sub(occurred_at.micros());
    u64::try_from(micros / 1000).unwrap_or(0)
}

fn unwritten(from: StreamVersion, error: WriteError) -> Stop {
    match error {
        WriteError::Unwritable(unwritable) => Stop::Poison { from, cause: Poison::Unwritable(unwritable) },
        WriteError::Throttled(_) | WriteError::Unavailable(_) => Stop::Failure(Failure::Write(error)),
    }
}

/// The change that a run of commits makes together.
struct Fold<C> {
    change: C,
    /// The version after the change; the version before the first commit if nothing could be read.
    to: StreamVersion,
    /// How many commits are in the change.
    commits: u64,
    /// How many of their events have an unknown type.
    skipped: u64,
    /// The event, right behind the run, that cannot be read.
    unreadable: Option<(StreamVersion, DecodeError)>,
}

/// Folds `commits`, which are sorted by version, until one does not follow the one before it or cannot be read.
///
/// A commit is taken whole or not at all. One whose event types are all unknown changes nothing (unless the projection
/// keeps events of unknown types), and yet `to` moves past it: newer code may write events that do not concern a view.
fn fold<'a, P: Projection>(
    commits: impl IntoIterator<Item = &'a Commit>,
    after: StreamVersion,
) -> Fold<P::Change> {
    let mut fold = Fold { change: P::Change::default(), to: after, commits: 0, skipped: 0, unreadable: None };
    for commit in commits {
        if commit.first != fold.to.next() {
            break;
        }
        match events::<P>(commit) {
            Ok(events) => {
                for event in &events {
                    fold.change = match event {
                        Event::Known(event) => P::project(fold.change, event),
                        Event::Unknown(event) => P::project_unknown(fold.change, event),
                    };
                }
                let unknown = events.iter().filter(|event| matches!(event, Event::Unknown(_)));
                fold.skipped += unknown.count() as u64;
            }
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

/// An event of a type that this code knows, or as it is stored.
enum Event<E> {
    Known(Recorded<E>),
    Unknown(Recorded<StoredEvent>),
}

/// The events of `commit`, unless one of them cannot be read.
fn events<P: Projection>(commit: &Commit) -> Result<Vec<Event<P::Event>>, (StreamVersion, DecodeError)> {
    let read = commit.recorded::<P::Event>().zip(&commit.events);
    let read = read.map(|((version, recorded), stored)| match recorded {
        Ok(recorded) => Ok(Event::Known(recorded)),
        Err(DecodeError::UnknownType(_)) => Ok(Event::Unknown(Recorded {
            stream: commit.stream.clone(),
            version,
            metadata: commit.metadata.clone(),
            event: stored.clone(),
        })),
        Err(error) => Err((version, error)),
    });
    read.collect()
}
