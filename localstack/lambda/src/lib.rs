//! The embedded Lambda runtime: it runs real function binaries, one process per instance, behind the Runtime API.
//!
//! - An **instance** is a process with a clean environment. It polls its own Runtime API on loopback, and its
//!   supervisor receives all its events.
//! - A **pool** holds the idle instances of one function. A request takes the most recently used one, or starts another
//!   up to the function's limit.
//! - Between two invocations an instance is frozen together with its child processes, from its poll until its next
//!   event (Lambda developer guide, "Understanding the Lambda execution environment lifecycle"). Work that a function
//!   postpones runs during its next invocation, during its shutdown, or never.
//! - An instance that fails (crash, timeout, failed initialisation) is killed with its whole process group, and the
//!   next request gets a new one. As in Lambda, a handled error does not end the instance.
//! - The runtime counts each function's invocations, errors and throttles.
//! - No process outlives the runner. [`Lambda::shutdown`] ends all processes, and a guard kills them when the runner is
//!   killed.
//! - As in Lambda, an invocation continues when its caller disconnects.
//! - An [event](asynchronous), which is an asynchronous invocation, is retried, and its record is sent to a queue.

pub mod api_error;
mod asynchronous;
mod counters;
mod dispatch;
mod environment;
mod error;
mod function;
mod functions_api;
mod guard;
mod instance;
pub mod invoke_api;
mod job;
mod log_events;
mod logs;
mod payload;
mod pool;
mod process;
pub mod query;
mod record_sender;
mod reference;
mod runtime_api;
mod session;
mod spec;
mod trace;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use dispatch::dispatch;
use function::{Function, RuntimeState, SupervisorHandles};
use job::{Completed, InvocationRequest};
use session::Sessions;
use stack_base::clock::{iso8601, now_ms};
use tokio::sync::{Mutex as AsyncMutex, mpsc, watch};

pub use counters::InvocationCounts;
pub use error::{InvokeError, LambdaError};
pub use job::Invocation;
pub use log_events::{LogEvent, LogEvents, LogLimits};
pub use payload::REQUEST_LIMIT;
pub use record_sender::RecordSender;
pub use session::InstanceFault;
pub use spec::{FunctionSpec, LambdaOptions, RETRY_WAITS, access_key};
pub use trace::new_root as new_trace;

/// Calls a Lambda function by name.
pub trait Invoke: Clone + Send + Sync + 'static {
    /// Calls `function` with an event and an X-Ray trace header, and waits for the result.
    ///
    /// # Errors
    /// [`InvokeError`] if the call did not reach the function. If the function failed, the result is `Ok` with
    /// `function_error`.
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

/// Hands events to functions, which run later (Lambda guide, "Invoking a Lambda function asynchronously").
pub trait InvokeEvent: Send + Sync {
    /// Accepts an event for `function`. The result is the event's request id.
    ///
    /// # Errors
    /// [`InvokeError`] if the function does not exist or the payload is not valid.
    fn invoke_event(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<String, InvokeError>;
}

impl InvokeEvent for Lambda {
    fn invoke_event(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<String, InvokeError> {
        Self::invoke_event(self, function, payload, trace)
    }
}

/// Time limit for ending all instances.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(10);

/// The running Lambda runtime. Clones share it. It ends with [`Lambda::shutdown`] or when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Lambda(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    functions: BTreeMap<String, Arc<Function>>,
    shared: Arc<RuntimeState>,
    /// Supervisors end their instances when this becomes true or is dropped.
    stop: watch::Sender<bool>,
    ended: AsyncMutex<mpsc::Receiver<()>>,
    /// Time of the start, in the form of [`iso8601`].
    started: String,
}

impl Lambda {
    /// Registers the functions. Instances start only when they are needed.
    ///
    /// # Errors
    /// [`LambdaError`] if a function's specification is invalid or the guard cannot start.
    pub async fn start(functions: Vec<FunctionSpec>, options: LambdaOptions) -> Result<Self, LambdaError> {
        spec::validate(&functions).await?;
        let guard = Arc::new(guard::Guard::start().map_err(LambdaError::Guard)?);
        let (stop, stopped) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let running = Mutex::new(Some(SupervisorHandles { stop: stopped, alive }));
        let sessions = Arc::new(Sessions::default());
        let log_events = LogEvents::new(options.logs);
        let shared = Arc::new(RuntimeState { options, guard, sessions, log_events, running });
        let functions = functions
            .into_iter()
            .map(|spec| (spec.name.clone(), Arc::new(Function::new(spec, Arc::clone(&shared)))))
            .collect();
        Ok(Self(Arc::new(Inner {
            functions,
            shared,
            stop,
            ended: AsyncMutex::new(ended),
            started: iso8601(now_ms()),
        })))
    }

    /// Calls a function and waits for its result. As in Lambda, an empty payload means `{}`. `trace` is the caller's
    /// X-Ray header, which is passed to the function.
    ///
    /// # Errors
    /// [`InvokeError`] if the call did not reach the function. If the function failed, the result is `Ok` with
    /// `function_error`.
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<Invocation, InvokeError> {
        self.call(function, payload, trace, false).await.map(|completed| completed.invocation)
    }

    /// Accepts an event for a function, which runs in a task of its own and is retried. Returns the event's request id.
    ///
    /// # Errors
    /// [`InvokeError`] if the function does not exist or the payload is not valid.
    pub fn invoke_event(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<String, InvokeError> {
        let target = self.find(function)?;
        let request = InvocationRequest::new(payload::checked(payload)?, trace, false);
        let id = request.id.clone();
        tokio::spawn(asynchronous::run(target, request, self.0.stop.subscribe()));
        Ok(id)
    }

    /// Ends every instance and waits for their end, up to a time limit. Running and later invocations return
    /// [`InvokeError::ShuttingDown`].
    pub async fn shutdown(&self) {
        self.0.shared.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.stop.send_replace(true);
        let mut ended = self.0.ended.lock().await;
        if tokio::time::timeout(SHUTDOWN_LIMIT, ended.recv()).await.is_err() {
            tracing::error!("some function processes have not ended; the guard kills them");
        }
    }

    /// The log events of all functions.
    #[must_use]
    pub fn log_events(&self) -> &LogEvents {
        &self.0.shared.log_events
    }

    /// Injects a fault into the instance that signs with a session token, and waits until it has happened. Returns
    /// false if no such instance exists.
    pub async fn inject(&self, session: &str, fault: InstanceFault) -> bool {
        self.0.shared.sessions.inject(session, fault).await
    }

    /// Validates a call and runs it in a separate task, which continues if the caller disconnects.
    async fn call(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
        wants_log: bool,
    ) -> Result<Completed, InvokeError> {
        let target = self.find(function)?;
        let request = InvocationRequest::new(payload::checked(payload)?, trace, wants_log);
        tokio::spawn(dispatch(target, request)).await.unwrap_or(Err(InvokeError::ShuttingDown))
    }

    /// The counts of each function by its name.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, InvocationCounts> {
        let functions = self.0.functions.iter();
        functions.map(|(name, function)| (name.clone(), function.counters.read())).collect()
    }

    /// All functions, ordered by name.
    fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.0.functions.values()
    }

    /// Time of the start, such as `2026-01-31T12:00:00.000Z`.
    fn started(&self) -> &str {
        &self.0.started
    }

    fn find(&self, function: &str) -> Result<Arc<Function>, InvokeError> {
        let found = self.0.functions.get(function).cloned();
        found.ok_or_else(|| InvokeError::FunctionNotFound(function.to_owned()))
    }
}
