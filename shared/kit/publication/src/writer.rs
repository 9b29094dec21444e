//! The writer that publishes a run of commits: the bus is the view, and a table of its own has the checkpoints.

use std::sync::{Mutex, PoisonError};

use es_core::{
    Applied, Commit, ReportResult, StreamChange, StreamId, StreamVersion, ViewWriter, WriteError,
    report_error,
};
use futures::future::join_all;
use telemetry::{Metric, Metrics};
use view_store::QueryTable;

use crate::checkpoints::{Checkpoint, Checkpoints};
use crate::sending::{Sent, Sequence, send_all};
use crate::{Envelope, EventBus, MAX_ENTRIES, PutError};

/// The name of the publisher, which is also the name of its function.
pub const NAME: &str = "publish-events";

/// Entries that the bus did not accept. An entry that is sent again and refused again counts twice.
const FAILED_ENTRIES: Metric = Metric::count("FailedEntries");

/// Publishes events and moves the checkpoints of their streams.
///
/// The checkpoints are read before the bus gets anything, so events that it has already are not sent again. They move
/// after the bus has accepted a group of entries, so no event is skipped, and a writer that runs out of time repeats one
/// group at most. If the writer dies before the checkpoints of a group move, or if two writers publish the same stream at
/// the same time, events are published twice.
#[derive(Debug, Clone)]
pub struct BusWriter<B> {
    bus: B,
    envelope: Envelope,
    checkpoints: Checkpoints,
}

/// About how many entries are sent before the checkpoints move over them. It is ten full requests: if the time ends
/// meanwhile, the next delivery sends no more than these once more.
const GROUP: usize = 10 * MAX_ENTRIES;

/// A change whose last commits the bus lacks.
struct Publication<'a> {
    /// The index of the change.
    place: usize,
    stream: &'a StreamId,
    /// The commits that the bus lacks.
    commits: &'a [Commit],
    /// The checkpoint, which is at the version before these commits.
    checkpoint: Checkpoint,
    /// Whether the bus has earlier commits of the change.
    has_begun: bool,
}

impl<'a> Publication<'a> {
    /// The commits to send in a group that has `room` for this number of entries: all commits, or as many as a whole
    /// group takes. `None` if the commits must wait for the next group.
    fn part(&self, room: usize) -> Option<&'a [Commit]> {
        let ends = self.commits.iter().scan(0, |entries, commit| {
            *entries += commit.events.len();
            Some(*entries)
        });
        let fitting = ends.take_while(|entries| *entries <= room).count();
        if fitting == self.commits.len() {
            return Some(self.commits);
        }
        // A commit that is larger than a group is a group of its own.
        (room == GROUP).then(|| self.commits.split_at(fitting.max(1)).0)
    }
}

impl<B: EventBus> BusWriter<B> {
    /// Publishes on `bus` in envelopes of `envelope`. `table` has the checkpoints.
    #[must_use]
    pub fn new(bus: B, envelope: Envelope, table: QueryTable) -> Self {
        Self { bus, envelope, checkpoints: table.into() }
    }

    async fn publish(&self, changes: &[StreamChange<'_, Vec<Commit>>], report: &ReportResult<'_>) {
        let found = self.checkpoints.read(changes.iter().map(|change| change.stream)).await;
        let mut found = match found {
            Ok(found) => found,
            Err(error) => return report_error(0..changes.len(), error, report),
        };
        let mut open = Vec::new();
        for (place, StreamChange { stream, change, after, .. }) in changes.iter().enumerate() {
            let checkpoint = found.remove(&stream.to_string()).unwrap_or_default();
            if let Some(refused) = Applied::refused(checkpoint.version, *after) {
                report(place, Ok(refused));
                continue;
            }
            open.push(Publication { place, stream, commits: change, checkpoint, has_begun: false });
        }
        while !open.is_empty() {
            open = self.publish_group(open, report).await;
        }
    }

    /// Sends the next group of the commits of `open`, and moves the checkpoints of their streams. Reports the publications
    /// that end, and returns the others. If the bus fails or throttles, all publications end.
    async fn publish_group<'a>(
        &self,
        open: Vec<Publication<'a>>,
        report: &ReportResult<'_>,
    ) -> Vec<Publication<'a>> {
        let (mut group, mut sequences, mut left, mut room) = (Vec::new(), Vec::new(), Vec::new(), GROUP);
        for publication in open {
            let Some(part) = publication.part(room) else {
                left.push(publication);
                continue;
            };
            let entries =
                part.iter().flat_map(|commit| self.envelope.entries(commit, None)).collect::<Vec<_>>();
            room = room.saturating_sub(entries.len());
            sequences.push(Sequence::new(entries));
            group.push((publication, part));
        }
        let Sent { rejected, stopped } = send_all(&self.bus, &mut sequences).await;
        if rejected > 0 {
            let metrics = Metrics::for_operation(NAME).count(FAILED_ENTRIES, rejected);
            tracing::warn!(
                metrics = metrics.field(),
                failed = rejected,
                "the event bus did not accept entries"
            );
        }
        let advanced = group.into_iter().zip(sequences).map(|((publication, part), sequence)| async move {
            let place = publication.place;
            match self.advance(publication, part, sequence).await {
                Ok(rest) => Some(rest),
                Err(end) => {
                    report(place, end);
                    None
                }
            }
        });
        let rest = join_all(advanced).await.into_iter().flatten();
        let Some(error) = stopped else {
            left.extend(rest);
            return left;
        };
        for publication in rest.chain(left) {
            report(publication.place, Err(error.clone().into()));
        }
        Vec::new()
    }

    /// Moves the checkpoint of `publication` over the commits of `part` whose events the bus has accepted. Returns the
    /// publication without `part` if more commits are left.
    ///
    /// # Errors
    /// The end of the publication, which may be a success.
    async fn advance<'a>(
        &self,
        publication: Publication<'a>,
        part: &'a [Commit],
        sequence: Sequence,
    ) -> Result<Publication<'a>, Result<Applied, WriteError>> {
        let Publication { stream, checkpoint, .. } = &publication;
        let reached = last_published(part, sequence.accepted());
        let moved = match reached {
            Some(to) => self.checkpoints.advance(stream, checkpoint, to).await.map_err(Err)?,
            None => Applied::Written,
        };
        let has_moved = moved == Applied::Written;
        let rest = publication.commits.get(part.len()..).unwrap_or_default();
        match sequence.failure() {
            None if has_moved && !rest.is_empty() => {
                let moved = reached.map(|to| self.checkpoints.at(to));
                let checkpoint = moved.unwrap_or_else(|| publication.checkpoint.clone());
                Ok(Publication { commits: rest, checkpoint, has_begun: true, ..publication })
            }
            None => Err(Ok(moved)),
            // The next call starts at the commit that the bus refuses.
            Some(PutError::Refused(_)) if has_moved && (reached.is_some() || publication.has_begun) => {
                let checkpoint = reached.unwrap_or(publication.checkpoint.version);
                Err(Ok(Applied::Ahead { checkpoint }))
            }
            Some(failure) => Err(Err(failure.into())),
        }
    }
}

/// The last version of the last of `commits` whose events are all among the first `accepted` ones. A checkpoint stands
/// only at the end of a commit, because the event table is read by commits.
fn last_published(commits: &[Commit], accepted: usize) -> Option<StreamVersion> {
    let ends = commits.iter().scan(0, |events, commit| {
        *events += commit.events.len();
        Some((*events, commit.last()))
    });
    ends.take_while(|(events, _)| *events <= accepted).last().map(|(_, last)| last)
}

impl<B: EventBus> ViewWriter<Vec<Commit>> for BusWriter<B> {
    /// The most checkpoints that one request reads.
    const MAX_TOGETHER: usize = dynamo::MAX_GET_BATCH;

    async fn apply(
        &self,
        stream: &StreamId,
        change: &Vec<Commit>,
        after: StreamVersion,
        to: StreamVersion,
    ) -> Result<Applied, WriteError> {
        let result = Mutex::new(None);
        let report =
            |_: usize, applied| *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(applied);
        self.publish(&[StreamChange { stream, change, after, to }], &report).await;
        let result = result.into_inner().unwrap_or_else(PoisonError::into_inner);
        result.unwrap_or_else(|| Err(WriteError::Unavailable("the change has no result".into())))
    }

    async fn apply_all(&self, changes: &[StreamChange<'_, Vec<Commit>>], report: &ReportResult<'_>) {
        self.publish(changes, report).await;
    }
}
