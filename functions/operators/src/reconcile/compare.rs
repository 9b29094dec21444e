//! Comparing views with their streams.

use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use es_core::{Clock, Commit, EventReader, StoreError, StreamId, StreamVersion, Timestamp};
use projection::ProjectionFacts;
use read_store::{DynamoCheckpoints, ReadError};
use serde::Serialize;
use telemetry::{Metric, Metrics};

use crate::reconcile::sample::{self, Sampled};

/// How long a commit may take into the views before that is a mismatch: many times what it takes while all is well, and
/// less than an operator would wait.
pub const GRACE: Duration = Duration::from_mins(2);

/// How many places of the event table are looked at in one go.
const PLACES: u32 = 5;

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
    /// Looks at the views of some streams, and leaves the metrics [`ReconcileSampled`](Metric::ReconcileSampled) and
    /// [`ReconcileMismatches`](Metric::ReconcileMismatches).
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
        let metrics = Metrics::of("reconcile")
            .count(Metric::ReconcileSampled, report.sampled)
            .count(Metric::ReconcileMismatches, report.mismatched);
        tracing::info!(%metrics, "reconciled");
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
        let streams = sample::streams(&self.events, category.clone(), self.a_while_ago()).await?;
        let (mut views, mut keys) = (Vec::new(), Vec::new());
        for stream in streams.keys() {
            for facts in self.projections.iter().filter(|facts| facts.category == *stream.category()) {
                if let Some(key) = (facts.checkpoint)(stream) {
                    views.push((stream, facts.name));
                    keys.push(key);
                }
            }
        }
        let versions = self.checkpoints.versions(&keys).await?;
        let mut mismatches = Vec::new();
        for ((stream, projection), view) in views.iter().copied().zip(versions) {
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
