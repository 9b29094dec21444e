//! Reads commits from the event table instead of the stream: those of the streams that an operator names, and those
//! whose records the stream no longer retains.

use std::num::NonZeroU16;
use std::time::Duration;

use es_core::{Commit, EventReader, ScanCursor, Segment, StreamId, StreamVersion, Timestamp};
use tokio::time::Instant;

use crate::redrive::work::{Replayer, WorkDone, WorkError};

/// How long after its acceptance a commit may arrive in the stream. DynamoDB usually needs seconds; the limit leaves
/// time for a disturbance of the service.
const LATE: Duration = Duration::from_hours(1);

/// How much the clocks of two machines may differ. A commit may therefore seem to arrive up to this time before its
/// acceptance.
const SKEW: Duration = Duration::from_mins(5);

/// The most commits in one page: 200.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(199);

/// The times at which the first and the last record of a batch arrived in the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrivals(pub(crate) Timestamp, pub(crate) Timestamp);

impl Arrivals {
    /// Whether `commit` may be one of the batch's records, by the time of its acceptance.
    fn admit(&self, commit: &Commit) -> bool {
        let micros = |time: Duration| i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
        let at = commit.metadata.occurred_at.micros();
        at >= self.0.micros().saturating_sub(micros(LATE))
            && at <= self.1.micros().saturating_add(micros(SKEW))
    }
}

impl<R: EventReader + Clone + 'static> Replayer<R> {
    /// Brings every view of `stream` up to date with the event table.
    ///
    /// # Errors
    /// [`WorkError`] if the stream has no commit, a projection stops, a table cannot be read, a view is behind
    /// afterwards, or `deadline` passes before the stream's end.
    pub(crate) async fn catch_up(&self, stream: &StreamId, deadline: Instant) -> Result<WorkDone, WorkError> {
        let (mut done, mut reached) = (WorkDone::default(), StreamVersion::NONE);
        while Instant::now() < deadline {
            let commits = self.events.commits_after(stream, reached, PAGE).await?;
            let Some(last) = commits.last() else {
                let is_known = reached > StreamVersion::NONE;
                return if is_known { Ok(done) } else { Err(WorkError::UnknownStream) };
            };
            reached = last.last();
            let replayed = self.projections.replay(&commits, deadline).await;
            if let Some(stopped) = replayed.stopped.into_iter().next() {
                return Err(WorkError::Stopped(stopped.projection.to_owned(), stopped.reason));
            }
            self.verify(&commits, |_| true).await?;
            done.applied += replayed.applied;
            done.duplicates += replayed.duplicates;
        }
        Err(WorkError::OutOfTime(reached))
    }

    /// Replays all commits that may have arrived in the stream during `arrivals` through the projection called `name`.
    /// Starts at the position `from` of the event table and stops at `deadline`.
    ///
    /// The event table is not sorted by time. The function therefore reads the whole table and projects the commits of
    /// that time only.
    ///
    /// # Errors
    /// [`WorkError::RereadUnfinished`] with the position for the next attempt if `deadline` passes before the table's
    /// end. Other variants of [`WorkError`] if a stream stops, a table cannot be read, or a view is behind afterwards.
    pub(crate) async fn reread(
        &self,
        name: &str,
        arrivals: Arrivals,
        from: Option<ScanCursor>,
        deadline: Instant,
    ) -> Result<WorkDone, WorkError> {
        let whole = Segment { index: 0, total: 1 };
        let (mut done, mut cursor) = (WorkDone::default(), from);
        while Instant::now() < deadline {
            let page = self.events.load_all(whole, cursor.as_ref(), PAGE).await?;
            let commits: Vec<Commit> =
                page.commits.into_iter().filter(|commit| arrivals.admit(commit)).collect();
            let replayed = self.replay(name, &commits, deadline).await?;
            if let Some(stopped) = replayed.stopped.into_iter().next() {
                return Err(WorkError::Held(stopped.stream, stopped.reason));
            }
            self.verify(&commits, |projection| projection == name).await?;
            done.applied += replayed.applied;
            done.duplicates += replayed.duplicates;
            cursor = page.next;
            if cursor.is_none() {
                return Ok(done);
            }
        }
        Err(WorkError::RereadUnfinished(cursor))
    }
}
