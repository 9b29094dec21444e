//! The whole stack: everything the template describes, started in order and stopped in the reverse.

mod data;
mod error;
pub(crate) mod issuer;
pub(crate) mod listen;
mod options;
mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::task::JoinHandle;

pub use data::DataError;
pub use error::StackError;
pub use listen::Port;
pub use options::{FunctionBinaries, StackOptions, TelemetryOptions};

use crate::aws::ObservedCalls;
use crate::binaries::Binaries;
use crate::chaos::{Chaos, ChaosSpec, Fault};
use crate::console::{Commits, ConsoleError};
use crate::identity::{IdentityError, Issuer, TokenRequest};
use crate::lambda::Lambda;
use crate::otlp::{Forwarded, TraceId, TraceStore};
use crate::stop::Stop;
use crate::template::Template;
use data::DataDirectory;
use listen::Listeners;

/// Longest wait for the tasks of one stage to end.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Starts stacks.
#[derive(Debug)]
pub struct Stack;

impl Stack {
    /// Starts everything and returns when it answers: reads the template, builds the function binaries, opens the
    /// stores, and serves.
    ///
    /// # Errors
    /// [`StackError`], one line: a taken port, a broken template, functions that do not build, a data directory in
    /// use, …
    pub async fn start(options: StackOptions) -> Result<RunningStack, StackError> {
        let listeners = Listeners::bind(&options).await?;
        let template = Template::read(&options.template(), &options.parameters, &listeners.aws.url())?;
        let data = DataDirectory::open(options.data.as_deref())?;
        let binaries = binaries(&options, &template).await?;
        parts::start(&options, template, &binaries, listeners, data).await
    }
}

async fn binaries(options: &StackOptions, template: &Template) -> Result<Binaries, StackError> {
    let release = match &options.functions {
        FunctionBinaries::Built(binaries) => return Ok(binaries.clone()),
        FunctionBinaries::Build { release } => *release,
    };
    let names: BTreeSet<String> = template.functions.iter().map(|function| function.binary.clone()).collect();
    Ok(Binaries::build(&options.project, &names, release).await?)
}

/// A stack that runs until [`RunningStack::shutdown`] or until it is dropped.
#[derive(Debug)]
pub struct RunningStack {
    base_url: String,
    aws_endpoint: String,
    console_url: String,
    template: Template,
    binaries: Binaries,
    observed: ObservedCalls,
    lambda: Lambda,
    chaos: Chaos,
    issuer: Issuer,
    telemetry: Telemetry,
    commits: Commits,
    front: Stage,
    back: Stage,
    _data: DataDirectory,
}

/// What is known of the functions' spans.
#[derive(Debug)]
struct Telemetry {
    traces: TraceStore,
    endpoints: Option<OtlpEndpoints>,
    forwarded: Option<Forwarded>,
}

/// Where spans are received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtlpEndpoints {
    /// Base URL of OTLP over HTTP.
    pub http: String,
    /// URL of OTLP over gRPC.
    pub grpc: String,
}

/// Tasks that end together.
#[derive(Debug)]
struct Stage {
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
}

impl Stage {
    fn new() -> Self {
        Self { stop: Stop::new(), tasks: Vec::new() }
    }

    async fn end(self) {
        self.stop.give();
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

    /// What the stack runs.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The function binaries, for another stack that need not build them again.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// What each function has called so far.
    #[must_use]
    pub fn observed_calls(&self) -> &ObservedCalls {
        &self.observed
    }

    /// What may befall the system.
    #[must_use]
    pub fn chaos(&self) -> &ChaosSpec {
        self.chaos.spec()
    }

    /// How often each fault has struck so far.
    #[must_use]
    pub fn strikes(&self) -> BTreeMap<Fault, u64> {
        self.chaos.strikes_so_far()
    }

    /// The development issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A token of the development issuer for one hour. The stack takes it unless its parameters name another issuer.
    ///
    /// # Errors
    /// [`IdentityError::Sign`].
    pub fn token(&self, subject: &str, scope: &str) -> Result<String, IdentityError> {
        self.issuer.token(&TokenRequest::new(subject, scope))
    }

    /// The traces that were received.
    #[must_use]
    pub fn traces(&self) -> &TraceStore {
        &self.telemetry.traces
    }

    /// The traces in which the last commits of a stream were made, oldest first.
    ///
    /// # Errors
    /// [`ConsoleError::Table`]
    pub fn traces_of(&self, stream: &str) -> Result<Vec<TraceId>, ConsoleError> {
        let commits = self.commits.of_stream(stream)?;
        Ok(commits.into_iter().rev().filter_map(|commit| commit.trace_id).collect())
    }

    /// Where spans are received; nowhere with telemetry off.
    #[must_use]
    pub fn otlp(&self) -> Option<&OtlpEndpoints> {
        self.telemetry.endpoints.as_ref()
    }

    /// What became of what was to be handed on; none without a backend.
    #[must_use]
    pub fn forwarded(&self) -> Option<&Forwarded> {
        self.telemetry.forwarded.as_ref()
    }

    /// The functions, to be invoked without HTTP.
    #[must_use]
    pub fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// Stops taking requests, lets those under way finish, ends every function process, and closes the stores.
    pub async fn shutdown(self) {
        self.front.end().await;
        self.lambda.shutdown().await;
        self.back.end().await;
    }
}
