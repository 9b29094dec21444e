//! Compares the views of randomly sampled streams with the streams.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use es_core::{
    Category, Clock, Commit, EventReader, ScanCursor, Segment, StoreError, StreamId, StreamVersion, Timestamp,
};
use projection::ProjectionFacts;
use serde::Serialize;
use telemetry::{Metric, Metrics};
use uuid::Uuid;
use view_store::{DynamoCheckpoints, ReadError};

use crate::projections::views_of;

/// The number of compared views.
const SAMPLED: Metric = Metric::count("ReconcileSampled");
/// The number of compared views that do not match their streams.
const MISMATCHES: Metric = Metric::count("ReconcileMismatches");

/// How long a commit may be missing from a view before the view is a mismatch: two minutes. A healthy projection needs
/// a small fraction of this time, and the time is short enough to alert an operator early.
pub const GRACE: Duration = Duration::from_mins(2);

/// How many random positions of the event table one invocation samples.
const POSITIONS: u32 = 5;

/// How many commits are read at one position. So many commits cover several streams of usual length.
const COMMITS: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// The most commits that are read after the sample, to find out whether a stream has reached the version of its view. A
/// stream with more commits is skipped.
const LATER: NonZeroU16 = NonZeroU16::MIN.saturating_add(499);

/// The most mismatches that a report lists.
const LISTED: usize = 20;

/// The event table, one generation of the query table, and the projections between them.
pub struct Reconcile<R> {
    /// The event table.
    pub events: R,
    /// The checkpoints of the views.
    pub checkpoints: DynamoCheckpoints,
    /// The projections that write the views.
    pub projections: Vec<ProjectionFacts>,
    /// The clock. A commit that is older than [`GRACE`] must be in the views.
    pub clock: Arc<dyn Clock>,
}

/// A view that does not match its stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The stream of the view.
    pub stream: StreamId,
    /// The projection that writes the view.
    pub projection: &'static str,
    /// The view's version; 0 if there is no view.
    pub view: StreamVersion,
    /// The expected version. For a view that is behind, it is the version after the last commit older than [`GRACE`];
    /// for a view that is ahead, it is the stream's version.
    pub expected: StreamVersion,
}

/// The versions that a stream reaches within the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sampled {
    /// The version after the last sampled commit that is older than [`GRACE`]. The views must have it.
    settled: StreamVersion,
    /// The version after the last sampled commit.
    last: StreamVersion,
}

/// The result of one invocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct ReconcileReport {
    /// The number of compared views.
    pub sampled: u64,
    /// The number of views that do not match their streams.
    pub mismatched: u64,
    /// The first distinct mismatches, at most 20.
    pub mismatches: Vec<Mismatch>,
}

/// The comparison failed.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The event table could not be read.
    #[error("the event table cannot be read")]
    Events(#[from] StoreError),
    /// The query table could not be read.
    #[error("the query table cannot be read")]
    Views(#[from] ReadError),
}

impl<R: EventReader> Reconcile<R> {
    /// Compares the views of some streams with the streams, and emits the metrics `ReconcileSampled` and
    /// `ReconcileMismatches`.
    ///
    /// # Errors
    /// [`ReconcileError`] if the event table or the query table cannot be read.
    #[tracing::instrument(name = "operator.reconcile", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "reconcile",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn run(&self) -> Result<ReconcileReport, ReconcileError> {
        let mut report = ReconcileReport::default();
        for _ in 0..POSITIONS {
            let (sampled, mismatches) = self.sample_position().await?;
            report.add(sampled, mismatches);
        }
        let metrics = Metrics::for_operation("reconcile")
            .count(SAMPLED, report.sampled)
            .count(MISMATCHES, report.mismatched);
        tracing::info!(metrics = metrics.field(), "reconciled");
        Ok(report)
    }

    /// The time [`GRACE`] ago. The views must have all commits that were accepted until then.
    fn a_while_ago(&self) -> Timestamp {
        let micros = i64::try_from(GRACE.as_micros()).unwrap_or(i64::MAX);
        let settled = self.clock.now().micros().saturating_sub(micros);
        Timestamp::from_micros(settled).unwrap_or(Timestamp::MIN)
    }

    /// Samples one random position of the event table. Returns the number of compared views and the mismatches.
    async fn sample_position(&self) -> Result<(u64, Vec<Mismatch>), ReconcileError> {
        let Some(ProjectionFacts { category, .. }) = self.projections.first() else {
            return Ok((0, Vec::new()));
        };
        let streams = sampled_streams(&self.events, category.clone(), self.a_while_ago()).await?;
        let (views, keys) = views_of(&self.projections, streams.keys());
        let versions = self.checkpoints.versions(&keys).await?;
        let mut mismatches = Vec::new();
        for ((projection, stream), view) in views.iter().copied().zip(versions) {
            let Some(sampled) = streams.get(stream) else { continue };
            if let Some(expected) = self.expected(stream, *sampled, view).await? {
                mismatches.push(Mismatch { stream: stream.clone(), projection, view, expected });
            }
        }
        Ok((views.len() as u64, mismatches))
    }

    /// The version that the view should have, or `None` if `version` is right. For a view ahead of the sample, the rest
    /// of the stream is read, because the stream may have more commits than the sample.
    async fn expected(
        &self,
        stream: &StreamId,
        sampled: Sampled,
        version: StreamVersion,
    ) -> Result<Option<StreamVersion>, ReconcileError> {
        if version < sampled.settled {
            return Ok(Some(sampled.settled));
        }
        if version <= sampled.last {
            return Ok(None);
        }
        let later = self.events.commits_after(stream, sampled.last, LATER).await?;
        let reached = later.last().map_or(sampled.last, Commit::last);
        let is_whole = later.len() < usize::from(LATER.get());
        Ok((is_whole && version > reached).then_some(reached))
    }
}

impl ReconcileReport {
    fn add(&mut self, sampled: u64, mismatches: Vec<Mismatch>) {
        self.sampled += sampled;
        for mismatch in mismatches {
            self.mismatched += 1;
            let Mismatch { stream, projection, view, expected } = &mismatch;
            tracing::error!(%stream, projection, %view, %expected, "a view does not match its stream");
            if self.mismatches.len() < LISTED && !self.mismatches.contains(&mismatch) {
                self.mismatches.push(mismatch);
            }
        }
    }
}

/// Reads commits at a random position of the event table. Returns their streams, each with the versions that the stream
/// reaches in these commits. Commits that were accepted after `settled` may still be missing from the views.
///
/// The position is a random stream id of `category`. Any category will do, and the stream need not exist: DynamoDB
/// orders partitions by a hash of their keys, so a scan can start at any key. If no commit follows the position, the
/// scan starts at the table's beginning.
async fn sampled_streams(
    events: &impl EventReader,
    category: Category,
    settled: Timestamp,
) -> Result<BTreeMap<StreamId, Sampled>, StoreError> {
    let whole = Segment { index: 0, total: 1 };
    let first = StreamVersion::NONE.next();
    let stream = StreamId::new(category, Uuid::from_u128(fastrand::u128(..)));
    let anywhere = ScanCursor { stream, first, last: first };
    let mut page = events.load_all(whole, Some(&anywhere), COMMITS).await?;
    if page.commits.is_empty() {
        page = events.load_all(whole, None, COMMITS).await?;
    }
    let mut streams: BTreeMap<StreamId, Sampled> = BTreeMap::new();
    for commit in page.commits {
        let sampled = streams.entry(commit.stream.clone()).or_default();
        sampled.last = commit.last();
        if commit.metadata.occurred_at <= settled {
            sampled.settled = commit.last();
        }
    }
    Ok(streams)
}
