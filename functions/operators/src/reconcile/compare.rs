//! Compares the views of randomly sampled streams with the streams.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::{
    Category, Clock, Commit, EventReader, ScanCursor, ScanPage, Segment, StoreError, StreamId, StreamVersion,
    Timestamp,
};
use projection::{FollowerFacts, ProjectionFacts};
use serde::Serialize;
use telemetry::{Metric, Metrics};
use uuid::Uuid;
use view_store::{DynamoCheckpoints, QueryTables, ReadError};

use crate::projections::{checkpoints_of, views_of};

/// The number of compared views.
const SAMPLED: Metric = Metric::count("ReconcileSampled");
/// The number of compared views that do not match their streams, and of sampled items that are not commits.
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

/// The event table, the query table, and the projections between them.
pub struct Reconcile<R> {
    /// The event table.
    pub events: R,
    /// The client that reaches the query table.
    pub client: Client,
    /// The generations of the query table. The views of the live one are compared.
    pub tables: QueryTables,
    /// The projections that write the views.
    pub projections: Vec<ProjectionFacts>,
    /// The followers that are no projections. Their checkpoints are compared like views, except for streams with which a
    /// follower has not begun.
    pub followers: Vec<FollowerFacts>,
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

/// What was found at one position of the event table.
#[derive(Default)]
struct Findings {
    /// The number of compared views.
    sampled: u64,
    /// The views that do not match their streams.
    mismatches: Vec<Mismatch>,
    /// Why items are not commits, by the partition key of the items. An item counts once, although the sample and a
    /// read of its stream can both find it.
    unreadable: BTreeMap<String, String>,
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
    /// The number of sampled streams with an item that is not a commit. The log has the details.
    pub unreadable: u64,
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
    /// `ReconcileMismatches`. A stream with an item that is not a commit counts as a mismatch, because no view can
    /// include the item.
    ///
    /// # Errors
    /// [`ReconcileError`] if the event table or the query table cannot be read.
    #[tracing::instrument(name = "operator.reconcile", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "reconcile",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn run(&self) -> Result<ReconcileReport, ReconcileError> {
        let live = self.tables.known.current().await?.live;
        let checkpoints = DynamoCheckpoints::new(self.client.clone(), self.tables.names.table(live));
        let mut report = ReconcileReport::default();
        for _ in 0..POSITIONS {
            report.add(self.sample_position(&checkpoints).await?);
        }
        let metrics = Metrics::for_operation("reconcile")
            .count(SAMPLED, report.sampled)
            .count(MISMATCHES, report.mismatched + report.unreadable);
        tracing::info!(metrics = metrics.field(), "reconciled");
        Ok(report)
    }

    /// The time [`GRACE`] ago. The views must have all commits that were accepted until then.
    fn a_while_ago(&self) -> Timestamp {
        let micros = i64::try_from(GRACE.as_micros()).unwrap_or(i64::MAX);
        let settled = self.clock.now().micros().saturating_sub(micros);
        Timestamp::from_micros(settled).unwrap_or(Timestamp::MIN)
    }

    /// Samples one random position of the event table.
    async fn sample_position(&self, checkpoints: &DynamoCheckpoints) -> Result<Findings, ReconcileError> {
        let mut findings = Findings::default();
        let Some(ProjectionFacts { category, .. }) = self.projections.first() else { return Ok(findings) };
        let page = sampled_page(&self.events, category.clone()).await?;
        let unreadable = page.unreadable.into_iter();
        findings.unreadable.extend(unreadable.map(|item| (item.key.partition_key, item.reason)));
        let streams = reached_versions(&page.commits, self.a_while_ago());
        let (mut views, keys) = views_of(&self.projections, streams.keys());
        let mut versions = checkpoints.versions(&keys).await?;
        for follower in &self.followers {
            let (followed, keys) = checkpoints_of(follower, streams.keys());
            let reached = DynamoCheckpoints::from(follower.table.clone()).versions(&keys).await?;
            // A follower that was switched on after a stream's last commit has not begun with the stream.
            let begun =
                followed.into_iter().zip(reached).filter(|(_, version)| *version > StreamVersion::NONE);
            let (followed, reached): (Vec<_>, Vec<_>) = begun.unzip();
            views.extend(followed);
            versions.extend(reached);
        }
        for ((projection, stream), view) in views.iter().copied().zip(versions) {
            let Some(sampled) = streams.get(stream) else { continue };
            match self.expected(stream, *sampled, view).await {
                Ok(None) => {}
                Ok(Some(expected)) => {
                    findings.mismatches.push(Mismatch { stream: stream.clone(), projection, view, expected });
                }
                Err(StoreError::Corrupt { stream, reason }) => {
                    findings.unreadable.entry(stream).or_insert(reason);
                }
                Err(error) => return Err(error.into()),
            }
        }
        findings.sampled = views.len() as u64;
        Ok(findings)
    }

    /// The version that the view should have, or `None` if `version` is right. For a view ahead of the sample, the rest
    /// of the stream is read, because the stream may have more commits than the sample.
    async fn expected(
        &self,
        stream: &StreamId,
        sampled: Sampled,
        version: StreamVersion,
    ) -> Result<Option<StreamVersion>, StoreError> {
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
    fn add(&mut self, Findings { sampled, mismatches, unreadable }: Findings) {
        self.sampled += sampled;
        self.unreadable += unreadable.len() as u64;
        for (stream, reason) in unreadable {
            tracing::error!(stream, reason, "an item of the event table is not a commit");
        }
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

/// Reads a page at a random position of the event table.
///
/// The position is a random stream id of `category`. Any category will do, and the stream need not exist: DynamoDB
/// orders partitions by a hash of their keys, so a scan can start at any key. If no item follows the position, the scan
/// starts at the table's beginning.
async fn sampled_page(events: &impl EventReader, category: Category) -> Result<ScanPage, StoreError> {
    let whole = Segment { index: 0, total: 1 };
    let first = StreamVersion::NONE.next();
    let stream = StreamId::new(category, Uuid::from_u128(fastrand::u128(..)));
    let anywhere = ScanCursor::InStream { stream, first, last: first };
    let page = events.load_all(whole, Some(&anywhere), COMMITS).await?;
    let is_empty = page.commits.is_empty() && page.unreadable.is_empty();
    if is_empty { events.load_all(whole, None, COMMITS).await } else { Ok(page) }
}

/// The versions that each stream reaches in `commits`. Commits that were accepted after `settled` may still be missing
/// from the views.
fn reached_versions(commits: &[Commit], settled: Timestamp) -> BTreeMap<StreamId, Sampled> {
    let mut streams: BTreeMap<StreamId, Sampled> = BTreeMap::new();
    for commit in commits {
        let sampled = streams.entry(commit.stream.clone()).or_default();
        sampled.last = commit.last();
        if commit.metadata.occurred_at <= settled {
            sampled.settled = commit.last();
        }
    }
    streams
}
