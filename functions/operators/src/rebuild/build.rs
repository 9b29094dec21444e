//! The rebuild: reads every page of every segment and projects its commits, until the deadline.

use std::num::NonZeroU16;

use es_core::{EventReader, StoreError, WriteError};
use futures::{StreamExt, stream};
use projection::{Replayed, StoppedStream, with_sources};
use serde::Serialize;
use tokio::time::{Instant, timeout_at};
use view_store::{
    DynamoProgress, Generation, Generations, MissedCounts, PageCounts, ReadError, RebuildProgress,
    SegmentProgress, Stage,
};

use crate::Projections;
use crate::pace::Pace;
use crate::rebuild::Settings;

/// The most commits in one page: 100.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// How many segments are processed concurrently. A rebuild may have more segments, which makes the progress report
/// finer.
const CONCURRENCY: usize = 8;

/// A rebuild with its source, its projections and its progress.
pub struct RebuildJob<R> {
    /// The event table.
    pub events: R,
    /// The projections, which write to the generation that is built.
    pub projections: Projections,
    /// The stored progress of the rebuild.
    pub progress: DynamoProgress,
    /// The number of the run.
    pub run: u64,
    /// The number of segments and the speed limit.
    pub settings: Settings,
}

/// The progress of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BuildReport {
    /// Whether the rebuild is finished.
    pub state: BuildState,
    /// The generations.
    #[serde(flatten)]
    pub generations: GenerationsReport,
    /// The counts since the run began.
    #[serde(flatten)]
    pub progress: RebuildProgress,
    /// The errors that stopped segments in this invocation. The next invocation continues these segments.
    pub failures: Vec<String>,
}

/// The state of the generations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct GenerationsReport {
    /// The generation that queries read.
    pub live: Generation,
    /// What happens to the other generation, if it is in use.
    pub stage: Option<Stage>,
    /// How many streams each generation has missed since the stack exists.
    pub missed: MissedCounts,
}

impl From<&Generations> for GenerationsReport {
    fn from(generations: &Generations) -> Self {
        Self { live: generations.live, stage: generations.stage(), missed: generations.missed }
    }
}

/// Whether a rebuild is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BuildState {
    /// No generation is built.
    #[default]
    Idle,
    /// The functions may not know yet that the generation is built. A later invocation continues.
    Waiting,
    /// The items of the generation are deleted. The next invocation continues.
    Emptying,
    /// The next invocation continues the rebuild.
    Running,
    /// Every segment is finished.
    Done,
}

/// The rebuild made no progress in this invocation.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The stored progress could not be read.
    #[error("the progress of the rebuild cannot be read")]
    Unread(#[from] ReadError),
    /// The segments could not be stored.
    #[error("the rebuild cannot be planned")]
    Unplanned(#[from] WriteError),
    /// No segment advanced.
    #[error("no segment of the rebuild advanced: {0}")]
    Stuck(String),
}

/// Why a segment could not finish a page.
#[derive(Debug, thiserror::Error)]
enum PageError {
    #[error("segment {segment} cannot be read: {}", with_sources(.source))]
    Read { segment: u32, source: StoreError },
    #[error("{} does not bring {} up to date: {}", .0.projection, .0.stream, .0.reason)]
    Stopped(StoppedStream),
    #[error("the checkpoint of segment {segment} cannot be moved: {source}")]
    Checkpoint { segment: u32, source: WriteError },
    #[error("another invocation has advanced segment {0}")]
    Taken(u32),
}

impl<R: EventReader> RebuildJob<R> {
    /// Begins or continues the run until it is finished or `deadline` has passed. A run reads the whole event table. The
    /// generation keeps its content: the projections skip every commit that a view has already.
    ///
    /// # Errors
    /// [`BuildError::Unplanned`] or [`BuildError::Unread`] if the progress cannot be stored or read, and
    /// [`BuildError::Stuck`] if no segment advanced. If only some segments failed, the report lists the failures
    /// instead.
    pub async fn run(&self, deadline: Instant) -> Result<BuildReport, BuildError> {
        self.progress.plan(self.settings.segments, self.run).await?;
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
            let out_of_time = || "the time was up before a page was finished".to_owned();
            return Err(BuildError::Stuck(report.failures.first().cloned().unwrap_or_else(out_of_time)));
        }
        Ok(report)
    }

    /// Reads the progress of the rebuild.
    ///
    /// # Errors
    /// [`BuildError::Unread`] if the stored progress cannot be read.
    pub async fn report(&self) -> Result<BuildReport, BuildError> {
        let segments = self.progress.segments().await?;
        let of_run: Vec<_> = segments.into_iter().filter(|segment| segment.run == self.run).collect();
        Ok(report(&of_run, Vec::new()))
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

    /// Projects the next page of a segment, and then advances the segment's checkpoint. Returns the new progress.
    async fn page(
        &self,
        at: &SegmentProgress,
        speed: &Pace,
        deadline: Instant,
    ) -> Result<SegmentProgress, PageError> {
        let segment = at.segment.index;
        let page = self.events.load_all(at.segment, at.cursor.as_ref(), PAGE).await;
        let page = page.map_err(|source| PageError::Read { segment, source })?;
        let (commits, unreadable) = (page.commits.len() as u64, page.unreadable.len() as u64);
        speed.take(commits + unreadable).await;
        let held = held(self.projections.replay(&page.commits, deadline).await)?;
        for item in &page.unreadable {
            tracing::error!(segment, key = %item.key, reason = item.reason, "an item of the event table is not a commit");
        }
        let next = at.after_page(page.next, PageCounts { commits, held, unreadable });
        let moved = self.progress.advance(at, &next).await;
        let moved = moved.map_err(|source| PageError::Checkpoint { segment, source })?;
        if moved { Ok(next) } else { Err(PageError::Taken(segment)) }
    }
}

/// Counts the held streams: those that stop at an unreadable event. No later attempt can continue them.
///
/// # Errors
/// [`PageError::Stopped`] if a stream stopped that a later attempt may continue. The page is then read again.
fn held(replayed: Replayed) -> Result<u64, PageError> {
    let mut held = 0;
    for stopped in replayed.stopped {
        let Some(version) = stopped.held_from else { return Err(PageError::Stopped(stopped)) };
        let StoppedStream { projection, stream, reason, .. } = stopped;
        tracing::error!(projection, %stream, %version, reason, "an unreadable event holds a stream");
        held += 1;
    }
    Ok(held)
}

fn report(segments: &[SegmentProgress], failures: Vec<String>) -> BuildReport {
    let progress = RebuildProgress::from_segments(segments);
    let state = if progress.is_finished() { BuildState::Done } else { BuildState::Running };
    BuildReport { state, generations: GenerationsReport::default(), progress, failures }
}
