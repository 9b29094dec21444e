//! Building: every page of every segment, as far as the time goes.

use std::num::NonZeroU16;

use es_core::{EventReader, StoreError, WriteError};
use futures::{StreamExt, stream};
use projection::{Left, Replayed};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use view_store::{DynamoProgress, ReadError, SegmentProgress, Summary};

use crate::Projections;
use crate::rebuild::Settings;
use crate::rebuild::pace::Pace;

/// How many commits a page has at most.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// How many segments are worked on at once. More segments than that are for a finer measure of what is done.
const CONCURRENCY: usize = 8;

/// A rebuild, with what it works on.
pub struct Build<R> {
    /// The event table.
    pub events: R,
    /// The projections into the generation that is built.
    pub projections: Projections,
    /// How far it is.
    pub progress: DynamoProgress,
    /// How it is carried out.
    pub settings: Settings,
}

/// How far a rebuild is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildReport {
    /// Whether there is anything left to do.
    pub state: BuildState,
    /// What has been done since it began.
    #[serde(flatten)]
    pub progress: Summary,
    /// What stopped segments this time; they go on with the next.
    pub failures: Vec<String>,
}

/// Whether a rebuild has anything left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    /// It goes on with the next invocation.
    Running,
    /// It is done.
    Done,
}

/// A rebuild that did not get on at all.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Its progress could not be read.
    #[error("the progress of the rebuild cannot be read")]
    Unread(#[from] ReadError),
    /// Its plan could not be written.
    #[error("the rebuild cannot be planned")]
    Unplanned(#[from] WriteError),
    /// No segment got on.
    #[error("no segment of the rebuild got on: {0}")]
    Stuck(String),
}

/// Why a segment did not get on.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error("segment {segment} cannot be read: {source}")]
    Read { segment: u32, source: StoreError },
    #[error("{} does not bring {} up to date: {}", .0.projection, .0.stream, .0.reason)]
    Left(Left),
    #[error("the checkpoint of segment {segment} cannot be moved: {source}")]
    Checkpoint { segment: u32, source: WriteError },
    #[error("another invocation is at segment {0}")]
    Taken(u32),
}

impl<R: EventReader> Build<R> {
    /// Goes on with the rebuild until it is done or `deadline` comes.
    ///
    /// # Errors
    /// [`BuildError`], case by case. Where some segments got on and others did not, the report says so.
    pub async fn run(&self, deadline: Instant) -> Result<BuildReport, BuildError> {
        self.progress.plan(self.settings.segments).await?;
        let before = self.progress.segments().await?;
        let pace = &Pace::new(self.settings.commits_per_second);
        let segments = before.iter().cloned().map(|segment| self.segment(segment, pace, deadline));
        let ends: Vec<_> = stream::iter(segments).buffered(CONCURRENCY).collect().await;
        let (after, failures): (Vec<_>, Vec<_>) = ends.into_iter().unzip();
        let failures: Vec<String> = failures.into_iter().flatten().map(|error| error.to_string()).collect();
        for failure in &failures {
            tracing::warn!(failure, "a segment stopped");
        }
        let report = report(&after, failures);
        if after == before && report.state == BuildState::Running {
            let out_of_time = || "the time was up before a page was done".to_owned();
            return Err(BuildError::Stuck(report.failures.first().cloned().unwrap_or_else(out_of_time)));
        }
        Ok(report)
    }

    /// Begins the rebuild again, as its next run: what was done counts no longer. What the generation has stays, and is
    /// found done where it is as the event table has it; so this brings in what the generation lacks, and changes
    /// nothing else.
    ///
    /// # Errors
    /// [`BuildError::Unplanned`].
    pub async fn restart(&self) -> Result<(), BuildError> {
        Ok(self.progress.restart(self.settings.segments).await?)
    }

    /// How far the rebuild is.
    ///
    /// # Errors
    /// [`BuildError::Unread`].
    pub async fn report(&self) -> Result<BuildReport, BuildError> {
        Ok(report(&self.progress.segments().await?, Vec::new()))
    }

    async fn segment(
        &self,
        mut progress: SegmentProgress,
        speed: &Pace,
        deadline: Instant,
    ) -> (SegmentProgress, Option<PageError>) {
        while !progress.finished && Instant::now() < deadline {
            match timeout_at(deadline, self.page(&progress, speed, deadline)).await {
                Ok(Ok(next)) => progress = next,
                Ok(Err(error)) => return (progress, Some(error)),
                Err(_) => break,
            }
        }
        (progress, None)
    }

    /// Projects the next page of a segment, and moves its checkpoint then.
    async fn page(
        &self,
        at: &SegmentProgress,
        speed: &Pace,
        deadline: Instant,
    ) -> Result<SegmentProgress, PageError> {
        let segment = at.segment.index;
        let page = self.events.load_all(at.segment, at.cursor.as_ref(), PAGE).await;
        let page = page.map_err(|source| PageError::Read { segment, source })?;
        let commits = page.commits.len() as u64;
        speed.take(commits).await;
        let held = held(self.projections.replay(&page.commits, deadline).await)?;
        let next = at.after_page(page.next, commits, held);
        let moved = self.progress.advance(at, &next).await;
        let moved = moved.map_err(|source| PageError::Checkpoint { segment, source })?;
        if moved { Ok(next) } else { Err(PageError::Taken(segment)) }
    }
}

/// How many streams are held back for good; one that may get on later stops the page.
fn held(replayed: Replayed) -> Result<u64, PageError> {
    let mut held = 0;
    for left in replayed.left {
        let Some(version) = left.held_from else { return Err(PageError::Left(left)) };
        let Left { projection, stream, reason, .. } = left;
        tracing::error!(projection, %stream, %version, reason, "stream held back");
        held += 1;
    }
    Ok(held)
}

fn report(segments: &[SegmentProgress], failures: Vec<String>) -> BuildReport {
    let progress = Summary::of(segments);
    let state = if progress.is_finished() { BuildState::Done } else { BuildState::Running };
    BuildReport { state, progress, failures }
}
