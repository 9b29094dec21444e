//! The requests of the operator or the schedule, and the reports that answer them.

use es_core::EventReader;
use lambda::Error;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::rebuild::{BuildReport, CompareReport, Comparison, Continuation, RebuildJob};

/// A request: `{"task":"build"}`, `{"task":"build","restart":true}`, `{"task":"progress"}`, `{"task":"compare"}`, or
/// `{"task":"compare","from":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum RebuildRequest {
    /// Continue the rebuild.
    Build {
        /// Whether to begin a new run first.
        #[serde(default)]
        restart: bool,
    },
    /// Report the progress of the rebuild.
    Progress {},
    /// Compare the rebuilt generation with the other generation.
    Compare {
        /// The `next` of an unfinished comparison.
        #[serde(default)]
        from: Option<Continuation>,
    },
}

impl RebuildRequest {
    /// Whether the request changes anything.
    #[must_use]
    pub const fn changes(&self) -> bool {
        match self {
            Self::Build { .. } => true,
            Self::Progress {} | Self::Compare { .. } => false,
        }
    }
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RebuildReport {
    /// The progress of the rebuild.
    Build(BuildReport),
    /// The result of the comparison.
    Compare(CompareReport),
}

/// Executes the requests.
pub struct RebuildOperator<R> {
    /// The rebuild.
    pub build: RebuildJob<R>,
    /// The comparison of the rebuilt generation with the other.
    pub comparison: Comparison,
}

impl<R: EventReader> RebuildOperator<R> {
    /// Executes `request` and stops at `deadline` at the latest.
    ///
    /// # Errors
    /// Those of [`RebuildJob::restart`], [`RebuildJob::run`], [`RebuildJob::report`] and [`Comparison::run`].
    #[tracing::instrument(name = "operator.rebuild", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "rebuild",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer(&self, request: RebuildRequest, deadline: Instant) -> Result<RebuildReport, Error> {
        let report = match request {
            RebuildRequest::Build { restart } => {
                if restart {
                    self.build.restart().await?;
                }
                RebuildReport::Build(self.build.run(deadline).await?)
            }
            RebuildRequest::Progress {} => RebuildReport::Build(self.build.report().await?),
            RebuildRequest::Compare { from } => {
                RebuildReport::Compare(self.comparison.run(from, deadline).await?)
            }
        };
        tracing::info!(?report, "request answered");
        Ok(report)
    }
}
