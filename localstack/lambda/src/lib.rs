//! The embedded Lambda runtime: real function binaries, one process per instance, behind the Runtime API they expect.
//!
//! - An **instance** is a process with a clean environment. It polls its Runtime API on
//!   loopback, and its supervisor takes every event that concerns it.
//! - A **pool** keeps the idle instances of one function; a request takes the one used last, or starts another up to
//!   the function's limit.
//! - Between two invocations an instance is frozen, with all it has started: stopped from the moment it polls until its
//!   next event (Lambda developer guide, "Understanding the Lambda execution environment lifecycle"). What a function
//!   leaves for later happens at its next invocation, or when it is told to end, or never.
//! - An instance that fails (crash, timeout, failed initialisation) is killed with its whole process group, and the
//!   next request gets a new one. A handled error leaves the instance in use, as in Lambda.
//! - No process outlives the runner: [`Lambda::shutdown`] ends them, and a guard does when the runner is killed.
//! - A caller that goes away does not end its invocation; in Lambda it does not either.

mod environment;
mod error;
mod function;
mod guard;
mod instance;
pub mod invoke_api;
mod job;
mod logs;
mod payload;
mod pool;
mod process;
mod runtime_api;
mod session;
mod spec;
mod trace;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use function::{Function, Running, Shared};
use job::{Completed, Request};
use pool::Place;
use session::Sessions;
use tokio::sync::{Mutex as AsyncMutex, mpsc, watch};
use uuid::Uuid;

pub use error::{InvokeError, LambdaError};
pub use job::Invocation;
pub use payload::REQUEST_LIMIT;
pub use session::InstanceFault;
pub use spec::{FunctionSpec, LambdaOptions, access_key};
pub use trace::new_root as new_trace;

/// Calls a Lambda function by name.
pub trait Invoke: Clone + Send + Sync + 'static {
    /// Calls `function` with an event and an X-Ray trace header, and waits for its answer.
    ///
    /// # Errors
    /// [`InvokeError`] if the function was not reached. A function that failed is an `Ok` with `function_error`.
    fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> impl Future<Output = Result<Invocation, InvokeError>> + Send;
}

impl Invoke for Lambda {
    async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<Invocation, InvokeError> {
        Self::invoke(self, function, payload, trace).await
    }
}

/// Time all instances together get to end.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

/// The running Lambda runtime. Clones share it; it ends with [`Lambda::shutdown`] or with the last clone.
#[derive(Debug, Clone)]
pub struct Lambda(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    functions: BTreeMap<String, Arc<Function>>,
    shared: Arc<Shared>,
    /// The supervisors end their instances when this says so, or is gone.
    stop: watch::Sender<bool>,
    ended: AsyncMutex<mpsc::Receiver<()>>,
}

impl Lambda {
    /// Takes the functions over. No instance is started before it is needed.
    ///
    /// # Errors
    /// [`LambdaError`] if a function cannot be run as specified, or if the guard cannot be started.
    pub async fn start(functions: Vec<FunctionSpec>, options: LambdaOptions) -> Result<Self, LambdaError> {
        spec::validate(&functions).await?;
        let guard = Arc::new(guard::Guard::start().map_err(LambdaError::Guard)?);
        let (stop, stopped) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let running = Mutex::new(Some(Running { stop: stopped, alive }));
        let sessions = Arc::new(Sessions::default());
        let shared = Arc::new(Shared { options, guard, sessions, running });
        let functions = functions
            .into_iter()
            .map(|spec| (spec.name.clone(), Arc::new(Function::new(spec, Arc::clone(&shared)))))
            .collect();
        Ok(Self(Arc::new(Inner { functions, shared, stop, ended: AsyncMutex::new(ended) })))
    }

    /// Calls a function and waits for its answer. An empty payload is `{}`, as in Lambda. `trace` is the caller's
    /// X-Ray header, passed on to the function.
    ///
    /// # Errors
    /// [`InvokeError`] if the function was not reached. A function that failed is an `Ok` with `function_error`.
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<Invocation, InvokeError> {
        self.call(function, payload, trace, false).await.map(|completed| completed.invocation)
    }

    /// Ends every instance and waits, for a bounded time, until they are gone. Invocations under way answer
    /// [`InvokeError::ShuttingDown`], and so does every later one.
    pub async fn shutdown(&self) {
        self.0.shared.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.stop.send_replace(true);
        let mut ended = self.0.ended.lock().await;
        if tokio::time::timeout(SHUTDOWN_LIMIT, ended.recv()).await.is_err() {
            tracing::error!("not every function process has ended; the guard kills what is left");
        }
    }

    /// Injects a fault into the instance that signs with a session token, and waits until it has happened; false when
    /// there is no such instance.
    pub async fn inject(&self, session: &str, mishap: InstanceFault) -> bool {
        self.0.shared.sessions.inject(session, mishap).await
    }

    /// The checks before a call, and the call in a task of its own, which goes on if the caller goes away.
    async fn call(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
        wants_log: bool,
    ) -> Result<Completed, InvokeError> {
        let called = Instant::now();
        let target = self.find(function)?;
        let payload = payload::checked(payload)?;
        let trace = trace::for_instance(trace);
        let id = Uuid::new_v4().to_string();
        let request = Request { id, payload, trace, wants_log, called };
        tokio::spawn(dispatch(target, request)).await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    fn find(&self, function: &str) -> Result<Arc<Function>, InvokeError> {
        let found = self.0.functions.get(function).cloned();
        found.ok_or_else(|| InvokeError::FunctionNotFound(function.to_owned()))
    }
}

/// Gives a request to an instance and waits for the answer.
///
/// An idle instance can end in the moment a request is given to it; such a request has not been started and goes,
/// once, to a new instance.
async fn dispatch(function: Arc<Function>, request: Request) -> Result<Completed, InvokeError> {
    for fresh in [false, true] {
        let running = function.shared.running.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Running { stop, alive } = running.ok_or(InvokeError::ShuttingDown)?;
        let place = function.pool.place(fresh).await.ok_or_else(|| InvokeError::TooManyRequests {
            function: function.spec.name.clone(),
            limit: function.spec.max_instances,
        })?;
        let (job, answer) = request.for_instance(matches!(place, Place::Cold(_)));
        match place {
            Place::Warm(instance) => drop(instance.send(job)),
            Place::Cold(permit) => {
                let supervisor = instance::run(Arc::clone(&function), stop, permit, job);
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
