//! Projects commits of the event table: those of one stream, and those of a page of the whole table.

use std::num::NonZeroU16;

use es_core::{Commit, EventReader, ScanCursor, Segment, StreamId, StreamVersion};
use event_stream::HeldStream;
use tokio::time::Instant;

use crate::redrive::work::{Replayer, WorkDone, WorkError};

/// The most commits in one page: 200.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(199);

/// The result of one page of the event table.
pub(crate) struct RereadPage {
    pub(crate) replayed: WorkDone,
    /// The number of commits on the page that the pass admits.
    pub(crate) found: u64,
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
    /// afterwards, or `deadline` passes before the stream's end.
    pub(crate) async fn advance_stream(
        &self,
        name: Option<&str>,
        stream: &StreamId,
        after: StreamVersion,
        deadline: Instant,
    ) -> Result<(WorkDone, StreamVersion), WorkError> {
        let (mut done, mut reached) = (WorkDone::default(), after);
        while Instant::now() < deadline {
            let commits = self.events.commits_after(stream, reached, PAGE).await?;
            let Some(last) = commits.last() else { return Ok((done, reached)) };
            let replayed = match name {
                Some(name) => self.projections.by_name(name)?.replay(&commits, deadline).await,
                None => self.projections.replay(&commits, deadline).await,
            };
            if let Some(stopped) = replayed.stopped.into_iter().next() {
                return Err(WorkError::Stopped(stopped.projection.to_owned(), stopped.reason));
            }
            self.verify(&commits, |projection| name.is_none_or(|name| projection == name)).await?;
            reached = last.last();
            done.applied += replayed.applied;
            done.duplicates += replayed.duplicates;
        }
        Err(WorkError::OutOfTime(reached))
    }

    /// Projects the page of the event table after `after` through the projection called `name`, and checks the views.
    /// Only the commits that `admit` selects are projected.
    ///
    /// An item that is not a commit holds its stream. The item has no readable time, so every pass reports the item.
    pub(crate) async fn reread_page(
        &self,
        name: &str,
        admit: impl Fn(&Commit) -> bool,
        after: Option<&ScanCursor>,
        deadline: Instant,
    ) -> Result<RereadPage, WorkError> {
        let category = self.projections.by_name(name)?.facts().category;
        let whole = Segment { index: 0, total: 1 };
        let page = self.events.load_all(whole, after, PAGE).await?;
        let mut commits: Vec<Commit> = page.commits.into_iter().filter(admit).collect();
        let found = commits.len() as u64;
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
            let position = item.key.position().filter(|(stream, _)| *stream.category() == category);
            held.extend(position.map(|(stream, version)| letter(stream, version, &item.to_string())));
        }
        self.verify(&commits, |projection| projection == name).await?;
        let replayed = WorkDone {
            applied: replayed.applied,
            duplicates: replayed.duplicates,
            set_aside: 0,
            unreadable: page.unreadable.len() as u64,
        };
        Ok(RereadPage { replayed, found, held, next: page.next })
    }
}
