//! Projects commits of the event table: those of one stream, and those of a page of the whole table.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use es_core::{Commit, EventReader, ScanCursor, Segment, StreamId, StreamVersion};
use event_stream::HeldStream;
use projection::{Replayed, commits_before_corrupt};
use tokio::time::{Instant, timeout_at};

use crate::redrive::work::{Replayer, WorkDone, WorkError};

/// The most commits in one page: 200.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(199);

/// The result of one page of the event table.
pub(crate) struct RereadPage {
    pub(crate) replayed: WorkDone,
    /// The streams that cannot be projected, now or in any retry.
    pub(crate) held: Vec<HeldStream>,
    /// The position after the page; `None` at the end of the table.
    pub(crate) next: Option<ScanCursor>,
}

impl<R: EventReader + Clone + 'static> Replayer<R> {
    /// Brings every view of `stream` up to date with the event table.
    ///
    /// # Errors
    /// [`WorkError::UnknownStream`] if the stream has no commit, and the errors of [`Self::advance_stream`].
    pub(crate) async fn catch_up(&self, stream: &StreamId, deadline: Instant) -> Result<WorkDone, WorkError> {
        let (done, reached) = self.advance_stream(None, stream, StreamVersion::NONE, deadline).await?;
        if reached == StreamVersion::NONE { Err(WorkError::UnknownStream) } else { Ok(done) }
    }

    /// Projects the commits of `stream` after the version `after` through the projection called `name`, or through all
    /// projections, and checks the views. Returns the last version of the stream as well.
    ///
    /// # Errors
    /// [`WorkError`] if the projection is unknown, a projection stops, a table cannot be read, a view is behind
    /// afterwards, or `deadline` passes before the stream's end. The commits before a corrupt item are projected
    /// nevertheless.
    pub(crate) async fn advance_stream(
        &self,
        name: Option<&str>,
        stream: &StreamId,
        after: StreamVersion,
        deadline: Instant,
    ) -> Result<(WorkDone, StreamVersion), WorkError> {
        let (mut done, mut reached, mut page) = (WorkDone::default(), after, PAGE);
        while Instant::now() < deadline {
            let advanced = self.advance_page(name, stream, reached, &mut page, deadline);
            let Ok(advanced) = timeout_at(deadline, advanced).await else { break };
            let Some((last, replayed)) = advanced? else { return Ok((done, reached)) };
            reached = last;
            done.applied += replayed.applied;
            done.duplicates += replayed.duplicates;
        }
        Err(WorkError::OutOfTime(reached))
    }

    /// Projects the next `page` of [`Self::advance_stream`]. Returns its last version, or `None` at the end of the
    /// stream.
    async fn advance_page(
        &self,
        name: Option<&str>,
        stream: &StreamId,
        after: StreamVersion,
        page: &mut NonZeroU16,
        deadline: Instant,
    ) -> Result<Option<(StreamVersion, Replayed)>, WorkError> {
        let commits = commits_before_corrupt(&self.events, stream, after, page).await?;
        let Some(last) = commits.last().map(Commit::last) else { return Ok(None) };
        let mut replayed = self.replay_now(name, &commits, deadline).await?;
        if let Some(stopped) = replayed.stopped.drain(..).next() {
            return Err(WorkError::Stopped(stopped.projection.to_owned(), stopped.reason));
        }
        self.verify(&commits, |projection| name.is_none_or(|name| projection == name)).await?;
        Ok(Some((last, replayed)))
    }

    /// Brings the views of the projection called `name` up to date with the page of the event table after `after`, and
    /// checks the views.
    ///
    /// Only the streams whose view is behind the page in some generation are written. A page whose views have all its
    /// commits takes no write. An item that is not a commit holds its stream.
    pub(crate) async fn reread_page(
        &self,
        name: &str,
        after: Option<&ScanCursor>,
        deadline: Instant,
    ) -> Result<RereadPage, WorkError> {
        let follows = self.streams_of(name)?;
        let whole = Segment { index: 0, total: 1 };
        let page = self.events.load_all(whole, after, PAGE).await?;
        let mut commits = page.commits;
        commits.retain(|commit| follows(&commit.stream));
        let of_streams = commits.len();
        let behind = self.views_behind(&commits, |projection| projection == name).await?;
        let behind: BTreeSet<StreamId> = behind.into_iter().map(|view| view.stream).collect();
        commits.retain(|commit| behind.contains(&commit.stream));
        let up_to_date = (of_streams - commits.len()) as u64;
        let replayed = self.replay(name, &commits, deadline).await?;
        let letter = |stream: StreamId, from, reason: &str| {
            HeldStream::from_version(name, stream, from, reason, telemetry::traceparent())
        };
        let mut held = Vec::new();
        for stopped in replayed.stopped {
            let from = stopped.held_from.unwrap_or_default();
            commits.retain(|commit| commit.stream != stopped.stream || commit.first < from);
            held.push(letter(stopped.stream, from, &stopped.reason));
        }
        for item in &page.unreadable {
            tracing::error!(key = %item.key, reason = item.reason, "an item of the event table is not a commit");
            let position = item.key.position().filter(|(stream, _)| follows(stream));
            held.extend(position.map(|(stream, version)| letter(stream, version, &item.to_string())));
        }
        self.verify(&commits, |projection| projection == name).await?;
        let replayed = WorkDone {
            applied: replayed.applied,
            duplicates: up_to_date + replayed.duplicates,
            set_aside: 0,
            unreadable: page.unreadable.len() as u64,
        };
        Ok(RereadPage { replayed, held, next: page.next })
    }
}
