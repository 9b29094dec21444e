//! Publishes events again at a limited rate, until the work or the time ends.

use std::num::NonZeroU16;

use es_core::{Commit, EventReader, ScanCursor, Segment, StoreError, StreamId, StreamVersion, Timestamp};
use event_bus::Replay;
use projection::with_sources;
use publication::{Envelope, EventBus, publish_again};
use tokio::time::{Instant, timeout_at};

use crate::pace::Pace;
use crate::republish::{EmptyRange, RepublishReport, RepublishRequest};

/// The most commits in one page of the event table.
const PAGE: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// The most commits that are published without a pause between them. Work that stops continues after the last such
/// group.
const GROUP: usize = 10;

/// The republish operator with the event table and the bus.
pub struct Republish<R, B> {
    /// The event table.
    pub events: R,
    /// The bus.
    pub bus: B,
    /// What all envelopes have in common.
    pub envelope: Envelope,
}

/// The work on one request.
struct Work {
    /// What is left of the request.
    rest: RepublishRequest,
    replay: Replay,
    pace: Pace,
    deadline: Instant,
    report: RepublishReport,
}

/// Why the work stopped before its end.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    /// The deadline has come.
    #[error("the time was up")]
    OutOfTime,
    /// The event table failed.
    #[error("the event table cannot be read: {}", with_sources(.0))]
    Events(#[from] StoreError),
    /// The bus did not accept an event.
    #[error(transparent)]
    Bus(#[from] publication::PutError),
}

impl<R: EventReader, B: EventBus> Republish<R, B> {
    /// Executes `request` until `deadline` at the latest.
    ///
    /// If the deadline comes or a store fails, the report has the reason and the request that continues the work. The
    /// events of the last commits may be published once more by it.
    ///
    /// # Errors
    /// [`EmptyRange`] if the request's range ends before it begins. Nothing is published then.
    #[tracing::instrument(name = "operator.republish", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "republish",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer(
        &self,
        request: RepublishRequest,
        deadline: Instant,
    ) -> Result<RepublishReport, EmptyRange> {
        request.check_range()?;
        let mut work = Work {
            replay: request.replay(),
            pace: Pace::new(request.rate()),
            deadline,
            report: RepublishReport::default(),
            rest: request.clone(),
        };
        let done = match &request {
            RepublishRequest::Stream { stream, from, to, .. } => {
                let to = to.unwrap_or(StreamVersion::new(u64::MAX));
                self.stream(&mut work, stream, *from, to).await
            }
            RepublishRequest::Time { since, until, after, .. } => {
                self.table(&mut work, after.clone(), |at| (*since..*until).contains(&at)).await
            }
            RepublishRequest::All { after, .. } => self.table(&mut work, after.clone(), |_| true).await,
        };
        let Work { mut report, rest, .. } = work;
        if let Err(stopped) = done {
            report.stopped = Some(stopped.to_string());
            report.rest = Some(rest);
        }
        tracing::info!(?report, "request answered");
        Ok(report)
    }

    /// Publishes the events of `stream` from the version `from` to the version `to`. The stream is read from its
    /// beginning, because a commit with the version `from` may begin at any version before it.
    async fn stream(
        &self,
        work: &mut Work,
        stream: &StreamId,
        from: StreamVersion,
        to: StreamVersion,
    ) -> Result<(), Stopped> {
        let mut after = StreamVersion::NONE;
        while after < to {
            let read = timeout_at(work.deadline, self.events.commits_after(stream, after, PAGE));
            let page = read.await.map_err(|_| Stopped::OutOfTime)??;
            let Some(last) = page.last() else { break };
            after = last.last();
            let commits: Vec<Commit> = page.iter().filter_map(|commit| within(commit, from, to)).collect();
            for group in commits.chunks(GROUP) {
                self.publish(work, group).await?;
                if let (RepublishRequest::Stream { from, .. }, Some(last)) = (&mut work.rest, group.last()) {
                    *from = last.last().next();
                }
            }
        }
        Ok(())
    }

    /// Publishes the events of the event table behind `after` whose commits were accepted at a time that `is_wanted`.
    async fn table(
        &self,
        work: &mut Work,
        mut after: Option<ScanCursor>,
        is_wanted: impl Fn(Timestamp) -> bool + Send + Sync,
    ) -> Result<(), Stopped> {
        loop {
            let whole = Segment { index: 0, total: 1 };
            let read = timeout_at(work.deadline, self.events.load_all(whole, after.as_ref(), PAGE));
            let page = read.await.map_err(|_| Stopped::OutOfTime)??;
            for group in page.commits.chunks(GROUP) {
                let commits = group.iter().filter(|commit| is_wanted(commit.metadata.occurred_at));
                self.publish(work, &commits.cloned().collect::<Vec<_>>()).await?;
                work.continue_after(group.last().map(position));
            }
            work.report.unreadable += page.unreadable.len() as u64;
            for item in &page.unreadable {
                tracing::error!(key = %item.key, reason = item.reason, "an item of the event table is not a commit");
            }
            let Some(next) = page.next else { return Ok(()) };
            work.continue_after(Some(next.clone()));
            after = Some(next);
        }
    }

    /// Publishes the events of `commits` as soon as the rate allows it.
    async fn publish(&self, work: &mut Work, commits: &[Commit]) -> Result<(), Stopped> {
        let events = commits.iter().map(|commit| commit.events.len() as u64).sum();
        let publish = async {
            work.pace.take(events).await;
            publish_again(&self.bus, &self.envelope, commits, &work.replay).await
        };
        let published = timeout_at(work.deadline, publish).await.map_err(|_| Stopped::OutOfTime)??;
        work.report.published += published;
        Ok(())
    }
}

impl Work {
    /// Continues the work behind `position`, if there is one.
    fn continue_after(&mut self, position: Option<ScanCursor>) {
        match &mut self.rest {
            RepublishRequest::Time { after, .. } | RepublishRequest::All { after, .. } => {
                *after = position.or(after.take());
            }
            RepublishRequest::Stream { .. } => {}
        }
    }
}

/// The position in the event table behind `commit`.
fn position(commit: &Commit) -> ScanCursor {
    ScanCursor::InStream { stream: commit.stream.clone(), first: commit.first, last: commit.last() }
}

/// The part of `commit` from the version `from` to the version `to`; `None` if no event is there.
fn within(commit: &Commit, from: StreamVersion, to: StreamVersion) -> Option<Commit> {
    let (first, last) = (commit.first.max(from), commit.last().min(to));
    let skipped = usize::try_from(first.get() - commit.first.get()).ok()?;
    let kept = usize::try_from(last.next().get().checked_sub(first.get())?).ok()?;
    let events: Vec<_> = commit.events.iter().skip(skipped).take(kept).cloned().collect();
    let is_empty = events.is_empty();
    (!is_empty).then(|| Commit { first, events, snapshot: None, ..commit.clone() })
}
