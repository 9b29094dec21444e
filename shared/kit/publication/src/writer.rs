//! The writer that publishes a run of commits: the bus is the view, and a table of its own has the checkpoints.

use std::sync::{Mutex, PoisonError};

use es_core::{Applied, Commit, ReportResult, StreamChange, StreamId, StreamVersion, ViewWriter, WriteError};
use futures::future::join_all;
use telemetry::{Metric, Metrics};
use view_store::QueryTable;

use crate::checkpoints::{Checkpoint, Checkpoints};
use crate::sending::{Sequence, send_all};
use crate::{Envelope, EventBus, PutError};

/// The name of the publisher, which is also the name of its function.
pub const NAME: &str = "publish-events";

/// Entries that the bus did not accept. An entry that is sent again and refused again counts twice.
const FAILED_ENTRIES: Metric = Metric::count("FailedEntries");

/// Publishes events and moves the checkpoints of their streams.
///
/// The checkpoints are read before the bus gets anything, so events that it has already are not sent again. They move
/// after the bus has accepted the events, so no event is skipped. If the writer dies between the two, or if two writers
/// publish the same stream at the same time, events are published twice.
#[derive(Debug, Clone)]
pub struct BusWriter<B> {
    bus: B,
    envelope: Envelope,
    checkpoints: Checkpoints,
}

/// A change that the bus lacks, with the versions at which the checkpoint may stand.
struct Publication<'a> {
    /// The index of the change.
    place: usize,
    stream: &'a StreamId,
    commits: &'a [Commit],
    checkpoint: Checkpoint,
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
            Err(error) => return report_to_all(changes.len(), &error, report),
        };
        let (mut publications, mut sequences) = (Vec::new(), Vec::new());
        for (place, StreamChange { stream, change, after, .. }) in changes.iter().enumerate() {
            let checkpoint = found.remove(&stream.to_string()).unwrap_or_default();
            if let Some(refused) = Applied::refused(checkpoint.version, *after) {
                report(place, Ok(refused));
                continue;
            }
            let entries = change.iter().flat_map(|commit| self.envelope.entries(commit, None));
            sequences.push(Sequence::new(entries.collect()));
            publications.push(Publication { place, stream, commits: change, checkpoint });
        }
        let failed = send_all(&self.bus, &mut sequences).await;
        if failed > 0 {
            let metrics = Metrics::for_operation(NAME).count(FAILED_ENTRIES, failed);
            tracing::warn!(metrics = metrics.field(), failed, "the event bus did not accept entries");
        }
        join_all(publications.iter().zip(sequences).map(|(publication, sequence)| async move {
            report(publication.place, self.advance(publication, sequence).await);
        }))
        .await;
    }

    /// Moves the checkpoint over the commits whose events the bus has accepted.
    async fn advance(
        &self,
        publication: &Publication<'_>,
        sequence: Sequence,
    ) -> Result<Applied, WriteError> {
        let Publication { stream, commits, checkpoint, .. } = publication;
        let reached = last_published(commits, sequence.accepted());
        let moved = match reached {
            Some(to) => Some(self.checkpoints.advance(stream, checkpoint, to).await?),
            None => None,
        };
        match (sequence.failure(), moved, reached) {
            (None, Some(moved), _) => Ok(moved),
            // The next call starts at the commit that the bus refuses.
            (Some(PutError::Refused(_)), Some(Applied::Written), Some(checkpoint)) => {
                Ok(Applied::Ahead { checkpoint })
            }
            (Some(failure), _, _) => Err(failure.into()),
            (None, None, _) => Ok(Applied::Written),
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

/// Reports the same failure for each of `changes` changes.
fn report_to_all(changes: usize, error: &WriteError, report: &ReportResult<'_>) {
    let reason = projection::with_sources(error);
    for place in 0..changes {
        report(
            place,
            Err(match error {
                WriteError::Throttled(_) => WriteError::Throttled(reason.clone().into()),
                WriteError::Unavailable(_) | WriteError::Unwritable(_) => {
                    WriteError::Unavailable(reason.clone().into())
                }
            }),
        );
    }
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
