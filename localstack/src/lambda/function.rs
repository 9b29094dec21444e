//! One function: its specification, its pool, and the way of a request through them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};

use super::error::InvokeError;
use super::guard::Guard;
use super::job::{Completed, Request};
use super::pool::{Place, Pool};
use super::process::Process;
use super::runtime_api::RuntimeApi;
use super::session::{Session, Sessions};
use super::spec::{FunctionSpec, LambdaOptions, access_key};
use super::{environment, instance};

/// What all functions share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: LambdaOptions,
    pub(super) guard: Arc<Guard>,
    pub(super) sessions: Arc<Sessions>,
    /// Signals every supervisor to end its instance; none once the runtime shuts down.
    pub(super) running: Mutex<Option<Running>>,
}

/// Held by every supervisor: the channel closes when the last one is gone.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) stop: watch::Receiver<bool>,
    pub(super) alive: mpsc::Sender<()>,
}

/// A function that can be called.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) spec: FunctionSpec,
    pub(super) pool: Pool,
    pub(super) shared: Arc<Shared>,
}

impl Function {
    pub(super) fn new(spec: FunctionSpec, shared: Arc<Shared>) -> Self {
        Self { pool: Pool::new(spec.max_instances), spec, shared }
    }

    /// Gives a request to an instance and waits for the answer.
    ///
    /// An idle instance can end in the moment a request is given to it; such a request has not been started and goes,
    /// once, to a new instance.
    pub(super) async fn call(self: Arc<Self>, request: Request) -> Result<Completed, InvokeError> {
        for fresh in [false, true] {
            let running = self.shared.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let Running { stop, alive } = running.ok_or(InvokeError::ShuttingDown)?;
            let place = self.pool.place(fresh).await.ok_or_else(|| InvokeError::TooManyRequests {
                function: self.spec.name.clone(),
                limit: self.spec.max_instances,
            })?;
            let (job, answer) = request.for_instance(matches!(place, Place::Cold(_)));
            match place {
                Place::Warm(instance) => drop(instance.send(job)),
                Place::Cold(permit) => {
                    let supervisor = instance::run(Arc::clone(&self), stop, permit, job);
                    tokio::spawn(async move {
                        supervisor.await;
                        drop(alive);
                    });
                }
            }
            if let Ok(completed) = answer.await {
                return Ok(completed);
            }
        }
        Err(InvokeError::ShuttingDown)
    }

    /// Opens the session of another instance.
    pub(super) fn session(&self) -> Session {
        self.shared.sessions.open(&access_key(&self.spec.name))
    }

    /// Starts the process of the instance that calls `runtime_api` and signs with `session`.
    pub(super) async fn start_process(
        &self,
        runtime_api: &RuntimeApi,
        session: &Session,
    ) -> io::Result<Process> {
        let (options, address) = (&self.shared.options, runtime_api.address());
        let environment = environment::of_instance(&self.spec, options, address, &session.token);
        let guard = Arc::clone(&self.shared.guard);
        Process::start(&self.spec.name, &self.spec.binary, &environment, guard).await
    }
}
