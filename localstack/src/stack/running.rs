//! A running stack and its accessors.

use std::collections::BTreeMap;
use std::time::Duration;

use stack_base::chaos::{Chaos, ChaosError, ChaosSpec, Fault};
use stack_base::stop::Stop;
use stack_console::{Commits, ConsoleError};
use stack_gateway::identity::{IdentityError, Issuer, TokenRequest};
use stack_lambda::Lambda;
use stack_telemetry::otlp::{Forwarded, TraceId, TraceStore};
use stack_template::Template;
use tokio::task::JoinHandle;

use super::data::DataDirectory;
use crate::aws::ObservedCalls;
use crate::binaries::Binaries;

/// Time limit for ending the tasks of one stage.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// A running stack. It stops with [`RunningStack::shutdown`] or when it is dropped.
#[derive(Debug)]
pub struct RunningStack {
    pub(super) base_url: String,
    pub(super) aws_endpoint: String,
    pub(super) console_url: String,
    pub(super) template: Template,
    pub(super) binaries: Binaries,
    pub(super) observed: ObservedCalls,
    pub(super) lambda: Lambda,
    pub(super) chaos: Chaos,
    pub(super) issuer: Issuer,
    pub(super) telemetry: Telemetry,
    pub(super) commits: Commits,
    pub(super) front: Stage,
    pub(super) back: Stage,
    pub(super) _data: DataDirectory,
}

/// State of the telemetry.
#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) traces: TraceStore,
    pub(super) endpoints: Option<OtlpEndpoints>,
    pub(super) forwarded: Option<Forwarded>,
}

/// Addresses of the span receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpEndpoints {
    /// Base URL of OTLP over HTTP.
    pub http: String,
    /// URL of OTLP over gRPC.
    pub grpc: String,
}

/// Tasks that are stopped together.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) stop: Stop,
    pub(super) tasks: Vec<JoinHandle<()>>,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self { stop: Stop::default(), tasks: Vec::new() }
    }

    async fn end(self) {
        self.stop.send();
        let deadline = tokio::time::Instant::now() + STOP_LIMIT;
        for mut task in self.tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl RunningStack {
    /// Base URL of the HTTP API, such as `http://127.0.0.1:3000`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// URL of the AWS endpoint, for `--endpoint-url` and `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn aws_endpoint(&self) -> &str {
        &self.aws_endpoint
    }

    /// URL of the console, a page for a browser on this machine.
    #[must_use]
    pub fn console_url(&self) -> &str {
        &self.console_url
    }

    /// The template that the stack runs.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The function binaries. Another stack can use them without building them again.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The calls of each function so far.
    #[must_use]
    pub fn observed_calls(&self) -> &ObservedCalls {
        &self.observed
    }

    /// The injected faults and their current rates.
    #[must_use]
    pub fn chaos(&self) -> ChaosSpec {
        self.chaos.spec()
    }

    /// Changes the rates of these faults while the stack runs. Nothing changes if a rate is refused.
    ///
    /// # Errors
    /// [`ChaosError::Rate`] if a rate is not a probability.
    pub fn change_faults(&self, rates: &BTreeMap<Fault, f64>) -> Result<(), ChaosError> {
        self.chaos.change(rates, None)
    }

    /// Number of times that each fault has struck.
    #[must_use]
    pub fn injected_faults(&self) -> BTreeMap<Fault, u64> {
        self.chaos.injected_faults()
    }

    /// The development issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Creates a token of the development issuer, valid for one hour. The stack accepts it unless its parameters name
    /// another issuer.
    ///
    /// # Errors
    /// [`IdentityError::Sign`] when signing fails.
    pub fn token(&self, subject: &str, scope: &str) -> Result<String, IdentityError> {
        self.issuer.token(&TokenRequest::new(subject, scope))
    }

    /// The received traces.
    #[must_use]
    pub fn traces(&self) -> &TraceStore {
        &self.telemetry.traces
    }

    /// The traces in which the newest commits of a stream were made, oldest first.
    ///
    /// # Errors
    /// [`ConsoleError::Table`] when the event table cannot be read.
    pub fn traces_of(&self, stream: &str) -> Result<Vec<TraceId>, ConsoleError> {
        let commits = self.commits.of_stream(stream)?;
        Ok(commits.into_iter().rev().filter_map(|commit| commit.trace_id).collect())
    }

    /// Addresses of the span receiver; `None` if telemetry is off.
    #[must_use]
    pub fn otlp(&self) -> Option<&OtlpEndpoints> {
        self.telemetry.endpoints.as_ref()
    }

    /// Counters of the forwarded requests; `None` without a backend.
    #[must_use]
    pub fn forwarded(&self) -> Option<&Forwarded> {
        self.telemetry.forwarded.as_ref()
    }

    /// The Lambda runtime, for invoking functions without HTTP.
    #[must_use]
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// Stops accepting requests, lets running requests finish, ends every function process, and closes the databases.
    pub async fn shutdown(self) {
        self.front.end().await;
        self.lambda.shutdown().await;
        self.back.end().await;
    }
}
