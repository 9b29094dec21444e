//! The requests of an operator or the schedule.

use es_core::EventReader;
use lambda::Error;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::rebuild::{Build, BuildReport, CompareReport, Comparison, Continuation};

/// A request: `{"task":"build"}`, `{"task":"build","restart":true}`, `{"task":"progress"}`, `{"task":"compare"}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "task", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Go on with the rebuild.
    Build {
        /// Begin it again first.
        #[serde(default)]
        restart: bool,
    },
    /// How far it is.
    Progress {},
    /// Compare the generation that was built with the other.
    Compare {
        /// `next` of a comparison whose time was up.
        #[serde(default)]
        from: Option<Continuation>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Report {
    /// How far the rebuild is.
    Build(BuildReport),
    /// What the comparison came to.
    Compare(CompareReport),
}

/// Carries out requests.
pub struct Operator<R> {
    /// The rebuild.
    pub build: Build<R>,
    /// The comparison of what it has built.
    pub comparison: Comparison,
}

impl<R: EventReader> Operator<R> {
    /// Carries out `request`, until `deadline` at the latest.
    ///
    /// # Errors
    /// Those of [`Build::run`] and [`Comparison::run`].
    #[tracing::instrument(name = "operator.rebuild", skip_all, fields(
        otel.kind = "server", cqrs.side = "operator", cqrs.operation = "rebuild",
        faas.invocation_id = telemetry::request_id(), faas.coldstart = telemetry::is_cold_start(),
    ))]
    pub async fn answer(&self, request: Request, deadline: Instant) -> Result<Report, Error> {
        let report = match request {
            Request::Build { restart } => {
                if restart {
                    self.build.restart().await?;
                }
                Report::Build(self.build.run(deadline).await?)
            }
            Request::Progress {} => Report::Build(self.build.report().await?),
            Request::Compare { from } => Report::Compare(self.comparison.run(from, deadline).await?),
        };
        tracing::info!(?report, "answered");
        Ok(report)
    }
}
