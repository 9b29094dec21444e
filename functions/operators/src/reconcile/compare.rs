//! Comparing the views of a random sample of streams with the streams.

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

use crate::projections::tracked_views;

/// Views that were looked at.
const SAMPLED: Metric = Metric::count("ReconcileSampled");
/// Views among them that are not where they should be.
const MISMATCHES: Metric = Metric::count("ReconcileMismatches");

/// How long a commit may take into the views before that is a mismatch: many times what it takes while all is well, and
/// less than an operator would wait.
pub const GRACE: Duration = Duration::from_mins(2);

/// How many places of the event table are looked at in one go.
const PLACES: u32 = 5;

/// How many commits are read from one place: some streams of the common length.
const COMMITS: NonZeroU16 = NonZeroU16::MIN.saturating_add(99);

/// How many commits behind the sample are read at most, to see whether a stream is as far as its view. A stream with more
/// of them is passed over.
const LATER: NonZeroU16 = NonZeroU16::MIN.saturating_add(499);

/// How many mismatches a report lists.
const LISTED: usize = 20;

/// The event table, one generation of the query table, and the projections between them.
pub struct Reconcile<R> {
    /// The event table.
    pub events: R,
    /// The checkpoints of its views.
    pub checkpoints: DynamoCheckpoints,
    /// The projections that write the views.
    pub projections: Vec<ProjectionFacts>,
    /// The time of day, which tells the commits that the views should have by now.
    pub clock: Arc<dyn Clock>,
}

/// A view that is not where it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The stream of the view.
    pub stream: StreamId,
    /// The projection that writes the view.
    pub projection: &'static str,
    /// The view's version; 0 if there is no view.
    pub view: StreamVersion,
    /// The stream's version: for a view that is behind, the version that it should have by now.
    pub expected: StreamVersion,
}

/// A stream as far as the sample has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sampled {
    /// The version after its last commit that its views should have by now.
    settled: StreamVersion,
    /// The version after its last commit.
    last: StreamVersion,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct ReconcileReport {
    /// Views that were looked at.
    pub sampled: u64,
    /// Views that are not where they should be.
    pub mismatched: u64,
    /// The first of them.
    pub mismatches: Vec<Mismatch>,
}

/// A comparison that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The event table did not answer.
    #[error("the event table cannot be read")]
    Events(#[from] StoreError),
    /// The query table did not answer.
    #[error("the query table cannot be read")]
    Views(#[from] ReadError),
}

impl<R: EventReader> Reconcile<R> {
    /// Looks at the views of some streams, and leaves the metrics `ReconcileSampled` and `ReconcileMismatches`.
    ///
    /// # Errors
    /// [`ReconcileError`], case by case.
    #[tracing::instrument(name = "operator.reconcile", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "reconcile",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn run(&self) -> Result<ReconcileReport, ReconcileError> {
        let mut report = ReconcileReport::default();
        for _ in 0..PLACES {
            let (sampled, mismatches) = self.place().await?;
            report.add(sampled, mismatches);
        }
        let metrics =
            Metrics::of("reconcile").count(SAMPLED, report.sampled).count(MISMATCHES, report.mismatched);
        tracing::info!(metrics = metrics.field(), "reconciled");
        Ok(report)
    }

    fn a_while_ago(&self) -> Timestamp {
        let micros = i64::try_from(GRACE.as_micros()).unwrap_or(i64::MAX);
        let settled = self.clock.now().micros().saturating_sub(micros);
        Timestamp::from_micros(settled).unwrap_or(Timestamp::MIN)
    }

    /// Looks at one place: how many views, and those that are not where they should be.
    async fn place(&self) -> Result<(u64, Vec<Mismatch>), ReconcileError> {
        let Some(ProjectionFacts { category, .. }) = self.projections.first() else {
            return Ok((0, Vec::new()));
        };
        let streams = sampled_streams(&self.events, category.clone(), self.a_while_ago()).await?;
        let (views, keys) = tracked_views(&self.projections, streams.keys());
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

    /// Where a view at `version` should be, if that is elsewhere. One ahead of the sample may be right: its stream may
    /// have gone on, or reach beyond the sample.
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
            tracing::error!(%stream, projection, %view, %expected, "a view is not where it should be");
            if self.mismatches.len() < LISTED && !self.mismatches.contains(&mismatch) {
                self.mismatches.push(mismatch);
            }
        }
    }
}

/// The streams behind a random place of the event table, and how far they are. Commits that were accepted after
/// `settled` may not be in the views yet.
///
/// The place is the id of a stream of `category`, which need not exist: a table keeps its partitions by a digest of
/// their keys, so any key leads anywhere. If nothing comes behind the place, the table's beginning is taken.
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
