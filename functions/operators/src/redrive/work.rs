//! Projects records through the projection that failed, and checks that its views have their commits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::projections::registry;
use es_core::{Clock, Commit, EventReader, StoreError, StreamId, StreamVersion};
use event_stream::{Content, DeadLetter, Record, decode};
use projection::{
    ProjectionFacts, Replayed, RunningFollower, Stores, WritableTables, WrittenTables, with_sources,
};
use tokio::time::Instant;
use view_store::{DynamoCheckpoints, ReadError};

use crate::projections::{checkpoints_of, views_of};
use crate::redrive::{QueueError, SourceError};
use crate::{Projections, UnknownProjection};

/// The event table, the generations of the query table, and the projections.
///
/// Each piece of work begins with the known state of the generations and takes no longer than a batch of a projection. A
/// redrive therefore acts on an old state no longer than a projection.
pub struct Replayer<R> {
    /// The event table.
    pub events: R,
    /// The generations of the query table.
    pub tables: WritableTables,
    /// The clock of the projections.
    pub clock: Arc<dyn Clock>,
    /// The longest time that a projection works on a batch.
    pub projection_timeout: Duration,
    /// The followers that are no projections.
    pub followers: Vec<Box<dyn RunningFollower>>,
}

/// The result of successful work.
#[derive(Default)]
pub(crate) struct WorkDone {
    /// The number of commits that were written to views now.
    pub(crate) applied: u64,
    /// The number of commits that the views already had.
    pub(crate) duplicates: u64,
    /// The number of records and streams that cannot be projected and became dead letters.
    pub(crate) set_aside: u64,
    /// The number of items of the event table that are not commits.
    pub(crate) unreadable: u64,
}

/// A view that lacks commits.
#[derive(Debug)]
pub(crate) struct ViewBehind {
    pub(crate) projection: &'static str,
    pub(crate) stream: StreamId,
    /// The version of the view.
    pub(crate) found: StreamVersion,
    /// The version that the view must have at least.
    pub(crate) wanted: StreamVersion,
}

/// Why the work on a message or stream failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    /// The message does not have the form of its queue.
    #[error("the message cannot be read: {0}")]
    Message(#[from] serde_json::Error),
    /// The batch is not for a projection.
    #[error("PROJECTION_FUNCTIONS does not contain the function {0}")]
    UnknownFunction(String),
    /// The dead letter does not name a projection.
    #[error(transparent)]
    UnknownProjection(#[from] UnknownProjection),
    /// The stream has no commit.
    #[error("there is no such stream")]
    UnknownStream,
    /// The event stream could not be read.
    #[error("{source}: {}", .source.0)]
    Stream {
        /// The stream's error.
        #[from]
        source: SourceError,
    },
    /// The event table could not be read.
    #[error("the event table cannot be read: {}", with_sources(.0))]
    Events(#[from] StoreError),
    /// The switch of the generations could not be read.
    #[error("the generations of the query table are unknown: {}", with_sources(.0))]
    UnknownGenerations(ReadError),
    /// The checkpoints could not be read to check the views.
    #[error("the views cannot be verified: {0}")]
    Unverified(#[from] ReadError),
    /// The projection succeeded, but the checkpoint of the view is behind.
    #[error("the view of {} has {} at version {}, not {}", .0.projection, .0.stream, .0.found, .0.wanted)]
    Behind(ViewBehind),
    /// A projection or a stream could not continue. A later attempt may succeed, perhaps with another generation of the
    /// query table.
    #[error("{0} cannot continue: {1}")]
    Stopped(String, String),
    /// The record of the dead letter cannot be projected, not even by a later attempt.
    #[error("{0}")]
    StillPoison(String),
    /// A record or a stream cannot be projected, and the dead-letter queue did not accept it.
    #[error("the dead-letter queue did not accept a letter: {0}")]
    NotSetAside(#[from] QueueError),
    /// The dead-letter queue did not answer in time.
    #[error("the time was up before the dead-letter queue accepted a letter")]
    NotSetAsideInTime,
    /// The time was up before the work on the message began.
    #[error("the time was up before the work on the message began: redrive again")]
    NotBegun,
    /// The time was up after this version of the stream.
    #[error("the time was up after version {0}")]
    OutOfTime(StreamVersion),
    /// The time was up before the records were read from the stream.
    #[error("the time was up before the records were read from the stream")]
    UnreadInTime,
    /// The time was up before the views had the records.
    #[error("the time was up before the records were projected and the views were verified")]
    UnprojectedInTime,
    /// The time was up before the end of the event table.
    #[error("the time was up before the end of the event table; the next attempt continues")]
    RereadUnfinished,
}

impl<R: EventReader + Clone + 'static> Replayer<R> {
    /// The tables that are written now.
    ///
    /// # Errors
    /// [`WorkError::UnknownGenerations`] if the switch cannot be read.
    async fn written(&self) -> Result<WrittenTables, WorkError> {
        self.tables.written().await.map_err(WorkError::UnknownGenerations)
    }

    /// Replays `commits` through the projection called `name`, or through all projections, into the generations that are
    /// written now. The replay stops at `deadline`, or earlier after the time that a projection has for a batch.
    ///
    /// # Errors
    /// [`WorkError::UnknownProjection`], or [`WorkError::UnknownGenerations`].
    pub(crate) async fn replay_now(
        &self,
        name: Option<&str>,
        commits: &[Commit],
        deadline: Instant,
    ) -> Result<Replayed, WorkError> {
        let deadline = deadline.min(Instant::now() + self.projection_timeout);
        if let Some(follower) = name.and_then(|name| self.follower(name)) {
            return Ok(follower.replay(commits, deadline).await);
        }
        let tables = self.written().await?;
        let stores = Stores { events: self.events.clone(), tables, clock: Arc::clone(&self.clock) };
        let projections = Projections::with_stores(&stores);
        let Some(name) = name else {
            let mut replayed = projections.replay(commits, deadline).await;
            for follower in &self.followers {
                replayed.add(follower.replay(commits, deadline).await);
            }
            return Ok(replayed);
        };
        Ok(projections.by_name(name)?.replay(commits, deadline).await)
    }

    /// The follower called `name`; `None` if the name is that of a projection or of nothing.
    fn follower(&self, name: &str) -> Option<&dyn RunningFollower> {
        self.followers.iter().find(|follower| follower.facts().name == name).map(AsRef::as_ref)
    }

    /// Tells which streams the projection or the follower called `name` follows.
    ///
    /// # Errors
    /// [`UnknownProjection`] if neither has the name.
    pub(crate) fn streams_of(&self, name: &str) -> Result<fn(&StreamId) -> bool, UnknownProjection> {
        if let Some(follower) = self.follower(name) {
            return Ok(follower.facts().follows);
        }
        let facts = registry::all::<ProjectionFacts>().into_iter().find(|facts| facts.name == name);
        facts.map(|facts| facts.follows).ok_or_else(|| UnknownProjection(name.to_owned()))
    }

    /// Projects `records` through the projection called `name` and checks its views. Returns a dead letter for each
    /// record that cannot be projected.
    ///
    /// # Errors
    /// [`WorkError`] if the projection is unknown, a stream stops that a later attempt may continue, or the views lack
    /// a commit or cannot be read.
    pub(crate) async fn project_records(
        &self,
        name: &str,
        records: &[Record],
        deadline: Instant,
    ) -> Result<(WorkDone, Vec<DeadLetter>), WorkError> {
        self.streams_of(name)?;
        let letter =
            |record, error: &str| DeadLetter::from_record(name, record, error, telemetry::traceparent());
        let mut letters = Vec::new();
        let mut commits: Vec<(&Record, Commit)> = Vec::new();
        for record in records {
            match decode(record, &self.tables.event_table) {
                Content::Commit(commit) => commits.push((record, *commit)),
                Content::Ignored(_) => {}
                Content::Poison(error) => letters.push(letter(record, &error.to_string())),
            }
        }
        let all: Vec<Commit> = commits.iter().map(|(_, commit)| commit.clone()).collect();
        let replayed = self.replay(name, &all, deadline).await?;
        for stopped in &replayed.stopped {
            let from = stopped.held_from.unwrap_or(StreamVersion::NONE);
            let error = format!("{} is held at version {from}: {}", stopped.stream, stopped.reason);
            let is_held = |commit: &Commit| commit.stream == stopped.stream && commit.first >= from;
            letters.extend(
                commits
                    .extract_if(.., |(_, commit)| is_held(commit))
                    .map(|(record, _)| letter(record, &error)),
            );
        }
        let projected: Vec<Commit> = commits.into_iter().map(|(_, commit)| commit).collect();
        self.verify(&projected, |projection| projection == name).await?;
        let (applied, duplicates) = (replayed.applied, replayed.duplicates);
        Ok((WorkDone { applied, duplicates, ..WorkDone::default() }, letters))
    }

    /// Replays `commits` through the projection called `name`. The result names the streams that no later attempt can
    /// continue.
    ///
    /// # Errors
    /// [`WorkError::UnknownProjection`], or [`WorkError::Stopped`] if a stream stopped that a later attempt may
    /// continue. That includes a view that was made from another event table. All views of the generation then need the
    /// same cure, a new generation, so a dead letter for each stream would say nothing more.
    pub(crate) async fn replay(
        &self,
        name: &str,
        commits: &[Commit],
        deadline: Instant,
    ) -> Result<Replayed, WorkError> {
        let replayed = self.replay_now(Some(name), commits, deadline).await?;
        let mut stopped = replayed.stopped.iter();
        match stopped.find(|stopped| stopped.held_from.is_none() || stopped.is_of_another_event_table) {
            Some(stopped) => Err(WorkError::Stopped(stopped.stream.to_string(), stopped.reason.clone())),
            None => Ok(replayed),
        }
    }

    /// Checks that the views have `commits`, in every generation. `is_selected` selects the projections by name.
    ///
    /// # Errors
    /// [`WorkError::Behind`] if a view lacks a commit, and [`WorkError::Unverified`] if the checkpoints cannot be read.
    pub(crate) async fn verify(
        &self,
        commits: &[Commit],
        is_selected: impl Fn(&str) -> bool,
    ) -> Result<(), WorkError> {
        let behind = self.views_behind(commits, is_selected).await?;
        behind.into_iter().next().map_or(Ok(()), |view| Err(WorkError::Behind(view)))
    }

    /// The views that lack some of `commits`, in any generation. `is_selected` selects the projections by name. A view
    /// that was made from another event table counts as empty.
    ///
    /// # Errors
    /// [`WorkError::Unverified`] if the checkpoints cannot be read.
    pub(crate) async fn views_behind(
        &self,
        commits: &[Commit],
        is_selected: impl Fn(&str) -> bool,
    ) -> Result<Vec<ViewBehind>, WorkError> {
        let mut streams: BTreeMap<&StreamId, StreamVersion> = BTreeMap::new();
        for commit in commits {
            let last = streams.entry(&commit.stream).or_default();
            *last = (*last).max(commit.last());
        }
        let mut facts: Vec<ProjectionFacts> = registry::all();
        facts.retain(|facts| is_selected(facts.name));
        let mut checkpoints = Vec::new();
        if !facts.is_empty() {
            let WrittenTables { live, other } = self.written().await?;
            for table in std::iter::once(live).chain(other.map(|other| other.table)) {
                checkpoints.push((table, views_of(&facts, streams.keys().copied())));
            }
        }
        let followers = self.followers.iter().map(|follower| follower.facts());
        for facts in followers.filter(|facts| is_selected(facts.name)) {
            let of_follower = checkpoints_of(&facts, streams.keys().copied());
            checkpoints.push((facts.table, of_follower));
        }
        let mut behind = Vec::new();
        for (table, (views, keys)) in checkpoints {
            let found = DynamoCheckpoints::from(table).versions(&keys).await?;
            for ((projection, stream), found) in views.into_iter().zip(found) {
                let wanted = streams.get(stream).copied().unwrap_or_default();
                if found < wanted {
                    behind.push(ViewBehind { projection, stream: stream.clone(), found, wanted });
                }
            }
        }
        Ok(behind)
    }
}
