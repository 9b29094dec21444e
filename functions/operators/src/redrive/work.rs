//! Work on records: by the projection that they are for, and checked to be in its views.

use std::collections::BTreeMap;

use es_core::{Commit, EventReader, ScanCursor, StoreError, StreamId, StreamVersion};
use event_stream::{Content, DeadLetter, Record, decode};
use projection::{ProjectionFacts, Replayed, Stores};
use tokio::time::Instant;
use view_store::{DynamoCheckpoints, ReadError};

use crate::projections::tracked_views;
use crate::redrive::SourceError;
use crate::{Projections, UnknownProjection};

/// The event table, every generation of the query table that is written, and the projections between them.
pub struct Views<R> {
    /// The event table.
    pub(crate) events: R,
    /// The projections.
    pub(crate) projections: Projections,
    /// The checkpoints of each generation.
    checkpoints: Vec<DynamoCheckpoints>,
}

/// The end of the work on records.
#[derive(Default)]
pub(crate) struct WorkDone {
    /// Commits that were written to views now.
    pub(crate) applied: u64,
    /// Commits that the views had.
    pub(crate) duplicates: u64,
    /// Records that cannot be projected.
    pub(crate) letters: Vec<DeadLetter>,
}

/// Why a message or stream is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotDone {
    /// The message is not of the form that its queue holds.
    #[error("the message cannot be read: {0}")]
    Message(#[from] serde_json::Error),
    /// The batch is not for a projection.
    #[error("{0} is none of the functions in PROJECTION_FUNCTIONS")]
    UnknownFunction(String),
    /// The letter is not of a projection.
    #[error(transparent)]
    UnknownProjection(#[from] UnknownProjection),
    /// There is no such stream.
    #[error("there is no such stream")]
    UnknownStream,
    /// The event stream did not answer.
    #[error("{source}: {}", .source.0)]
    Stream {
        /// What the stream answered.
        #[from]
        source: SourceError,
    },
    /// The event table did not answer.
    #[error("the event table cannot be read: {0}")]
    Events(#[from] StoreError),
    /// The query table did not answer when the views were checked.
    #[error("the views cannot be verified: {0}")]
    Unverified(#[from] ReadError),
    /// A view was written and is not as far as its stream all the same.
    #[error("{projection} has {stream} at version {found}, not {wanted}")]
    Behind { projection: &'static str, stream: StreamId, found: StreamVersion, wanted: StreamVersion },
    /// A projection or a stream could not go on; a later try may succeed.
    #[error("{0} does not get on: {1}")]
    Stopped(String, String),
    /// A commit of the stream cannot be projected, now or on a later try.
    #[error("{0} is held: {1}")]
    Held(StreamId, String),
    /// The letter's record cannot be projected, now or on a later try.
    #[error("{0}")]
    StillPoison(String),
    /// A record of the batch cannot be projected, and the dead-letter queue does not take it.
    #[error("a record cannot be set aside: {0}")]
    NotSetAside(#[from] projection::Undelivered),
    /// The time was up.
    #[error("the time was up behind version {0}")]
    OutOfTime(StreamVersion),
    /// The time was up behind this place of the event table.
    #[error("the event table is not read to its end yet")]
    RereadUnfinished(Option<ScanCursor>),
}

impl<R: EventReader + Clone + 'static> Views<R> {
    /// The views over `stores`.
    #[must_use]
    pub fn over(stores: Stores<R>) -> Self {
        let (live, other) = stores.tables.clone();
        let tables = std::iter::once(live).chain(other);
        let checkpoints = tables.map(|table| DynamoCheckpoints::new(table.client, table.name)).collect();
        Self { projections: Projections::over(&stores), events: stores.events, checkpoints }
    }

    /// Projects `records` by the projection called `name`.
    pub(crate) async fn project_records(
        &self,
        name: &str,
        records: &[Record],
        deadline: Instant,
    ) -> Result<WorkDone, NotDone> {
        self.projections.named(name)?;
        let letter =
            |record, error: &str| DeadLetter::from_record(name, record, error, telemetry::traceparent());
        let mut letters = Vec::new();
        let mut commits: Vec<(&Record, Commit)> = Vec::new();
        for record in records {
            match decode(record) {
                Content::Commit { commit, .. } => commits.push((record, *commit)),
                Content::Ignored(_) => {}
                Content::Poison(error) => letters.push(letter(record, &error.to_string())),
            }
        }
        let all: Vec<Commit> = commits.iter().map(|(_, commit)| commit.clone()).collect();
        let replayed = self.replay(name, &all, deadline).await?;
        for left in &replayed.left {
            let from = left.held_from.unwrap_or(StreamVersion::NONE);
            let error = format!("{} is held at version {from}: {}", left.stream, left.reason);
            let is_held = |commit: &Commit| commit.stream == left.stream && commit.first >= from;
            letters.extend(
                commits
                    .extract_if(.., |(_, commit)| is_held(commit))
                    .map(|(record, _)| letter(record, &error)),
            );
        }
        let projected: Vec<Commit> = commits.into_iter().map(|(_, commit)| commit).collect();
        self.verify(&projected, |projection| projection == name).await?;
        Ok(WorkDone { applied: replayed.applied, duplicates: replayed.duplicates, letters })
    }

    /// Replays `commits` by the projection called `name`; an error if a stream may go on later.
    pub(crate) async fn replay(
        &self,
        name: &str,
        commits: &[Commit],
        deadline: Instant,
    ) -> Result<Replayed, NotDone> {
        let replayed = self.projections.named(name)?.replay(commits, deadline).await;
        match replayed.left.iter().find(|left| left.held_from.is_none()) {
            Some(left) => Err(NotDone::Stopped(left.stream.to_string(), left.reason.clone())),
            None => Ok(replayed),
        }
    }

    /// An error if a view is behind the last of its stream's `commits`, in any generation. The views are those of the
    /// projections that `is_asked` names. A view without a checkpoint counts as being as far as its acknowledged writes.
    pub(crate) async fn verify(
        &self,
        commits: &[Commit],
        is_asked: impl Fn(&str) -> bool,
    ) -> Result<(), NotDone> {
        let mut streams: BTreeMap<&StreamId, StreamVersion> = BTreeMap::new();
        for commit in commits {
            let last = streams.entry(&commit.stream).or_default();
            *last = (*last).max(commit.last());
        }
        let facts: Vec<ProjectionFacts> =
            self.projections.facts().filter(|facts| is_asked(facts.name)).collect();
        let (views, keys) = tracked_views(&facts, streams.keys().copied());
        for generation in &self.checkpoints {
            let found = generation.versions(&keys).await?;
            for ((projection, stream), found) in views.iter().copied().zip(found) {
                let wanted = streams.get(stream).copied().unwrap_or_default();
                if found < wanted {
                    return Err(NotDone::Behind { projection, stream: stream.clone(), found, wanted });
                }
            }
        }
        Ok(())
    }
}
