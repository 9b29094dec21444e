//! Holding views against their streams.

use std::num::NonZeroU16;
use std::time::{Duration, SystemTime};

use es_core::{Commit, EventReader, StoreError, StreamId, StreamVersion, Timestamp};
use serde::Serialize;
use telemetry::{Metric, Metrics};
use view_store::{DynamoCheckpoints, ReadError};
use views::TrackedView;

use crate::Mismatch;
use crate::sample::{self, Sampled};

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

/// The event table and one generation of the query table.
#[derive(Debug, Clone)]
pub struct Reconcile<R> {
    /// The event table.
    pub events: R,
    /// The checkpoints of its views.
    pub checkpoints: DynamoCheckpoints,
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

    /// Looks at one place: how many views, and those that are not where they should be.
    async fn place(&self) -> Result<(u64, Vec<Mismatch>), ReconcileError> {
        let streams = sample::streams(&self.events, a_while_ago()).await?;
        let tracked = |stream: &StreamId| TrackedView::of_category(stream.category().as_str());
        let views: Vec<(StreamId, TrackedView)> = streams
            .keys()
            .flat_map(|stream| tracked(stream).iter().map(|view| (stream.clone(), *view)))
            .collect();
        let keys: Vec<_> = views.iter().map(|(stream, view)| (view.checkpoint)(stream)).collect();
        let versions = self.checkpoints.versions(&keys).await?;
        let mut mismatches = Vec::new();
        for ((stream, view), version) in views.iter().zip(versions) {
            let Some(sampled) = streams.get(stream) else { continue };
            if let Some(expected) = self.expected(stream, *sampled, version).await? {
                let (stream, projection) = (stream.clone(), view.projection);
                mismatches.push(Mismatch { stream, projection, view: version, expected });
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

fn a_while_ago() -> Timestamp {
    SystemTime::now().checked_sub(GRACE).map_or(Timestamp::MIN, Timestamp::from)
}
