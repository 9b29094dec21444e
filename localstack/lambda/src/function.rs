//! One function: its specification, its pool, and the state that all functions share.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::counters::Counters;
use super::environment::{self, LOG_STREAM_NAME};
use super::guard::Guard;
use super::log_events::LogEvents;
use super::logs::LogStream;
use super::pool::Pool;
use super::process::Process;
use super::runtime_api::RuntimeApi;
use super::session::{Session, Sessions};
use super::spec::{FunctionSpec, LambdaOptions, access_key};

/// The only version of every function.
pub(super) const LATEST: &str = "$LATEST";

/// State that all functions share.
#[derive(Debug)]
pub(super) struct RuntimeState {
    pub(super) options: LambdaOptions,
    pub(super) guard: Arc<Guard>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) log_events: LogEvents,
    /// The parts that every new supervisor needs; `None` once the runtime shuts down.
    pub(super) running: Mutex<Option<SupervisorHandles>>,
}

/// Given to every supervisor. The channel `alive` closes when the last supervisor has ended.
#[derive(Debug, Clone)]
pub(super) struct SupervisorHandles {
    pub(super) stop: watch::Receiver<bool>,
    pub(super) alive: mpsc::Sender<()>,
}

/// A function that can be called.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) spec: FunctionSpec,
    pub(super) pool: Pool,
    pub(super) counters: Counters,
    pub(super) shared: Arc<RuntimeState>,
}

impl Function {
    pub(super) fn new(spec: FunctionSpec, shared: Arc<RuntimeState>) -> Self {
        Self { pool: Pool::new(spec.max_instances), counters: Counters::default(), spec, shared }
    }

    /// Opens the session of a new instance.
    pub(super) fn session(&self) -> Session {
        self.shared.sessions.open(&access_key(&self.spec.name))
    }

    /// Starts the process of an instance that calls `runtime_api` and signs with `session`.
    pub(super) async fn start_process(
        &self,
        runtime_api: &RuntimeApi,
        session: &Session,
    ) -> io::Result<Process> {
        let (options, address) = (&self.shared.options, runtime_api.address);
        let environment = environment::for_instance(&self.spec, options, address, &session.token);
        let guard = Arc::clone(&self.shared.guard);
        let stream = LogStream {
            events: self.shared.log_events.clone(),
            function: self.spec.name.clone(),
            name: Arc::from(environment.get(LOG_STREAM_NAME).map_or("", String::as_str)),
        };
        Process::start(stream, &self.spec.binary, &environment, guard).await
    }
}
