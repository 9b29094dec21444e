//! The current invocation. Log lines and metrics read its ids.

use std::cell::{OnceCell, RefCell};
use std::time::Duration;

use es_core::Timestamp;
use lambda_runtime::Context;
use tokio::task::futures::TaskLocalFuture;

use crate::export::Losses;
use crate::metric::Metric;

tokio::task_local! {
    static CURRENT: Invocation;
}

/// What is known about an invocation.
#[derive(Debug)]
pub(crate) struct Invocation {
    request_id: String,
    xray: Option<String>,
    cold_start: bool,
    correlation_id: OnceCell<String>,
    unreported: RefCell<Unreported>,
}

/// What the next metrics of an invocation report in addition to their own values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unreported {
    /// Whether this is the first invocation of the sandbox.
    pub(crate) cold_start: bool,
    /// The telemetry that was lost since the last report.
    pub(crate) losses: Losses,
    /// The metrics that [`count`] has counted.
    pub(crate) counted: Vec<Metric>,
}

impl Invocation {
    /// The invocation of `context`.
    pub(crate) fn new(context: &Context, unreported: Unreported) -> Self {
        Self {
            request_id: context.request_id.clone(),
            xray: context.xray_trace_id.clone(),
            cold_start: unreported.cold_start,
            correlation_id: OnceCell::new(),
            unreported: RefCell::new(unreported),
        }
    }

    /// Runs `work` as part of this invocation.
    pub(crate) fn around<F: Future>(self, work: F) -> TaskLocalFuture<Self, F> {
        CURRENT.scope(self, work)
    }
}

/// Runs `work` as one invocation. [`Telemetry::run`](crate::Telemetry::run) does this for each event of a function; tests
/// call it without a function.
pub async fn invocation<T>(context: &Context, work: impl Future<Output = T>) -> T {
    Invocation::new(context, Unreported::default()).around(work).await
}

/// The longest time that Lambda lets a function run (AWS Lambda Developer Guide, "Lambda quotas").
const LONGEST_INVOCATION: Duration = Duration::from_mins(15);

/// How much time an invocation has left at `now`, if its deadline is `epoch_ms` milliseconds after the Unix epoch.
///
/// `cargo lambda watch` passes the remaining time instead of the deadline. A value that is no longer than the longest
/// invocation is therefore taken as the remaining time.
#[must_use]
pub fn time_left(epoch_ms: u64, now: Timestamp) -> Duration {
    let said = Duration::from_millis(epoch_ms);
    if said <= LONGEST_INVOCATION {
        return said;
    }
    said.saturating_sub(Duration::from_micros(now.micros().unsigned_abs()))
}

/// Sets the correlation id of the current invocation. All later log lines have the id. Only the first call of an
/// invocation has an effect.
pub fn correlate(correlation_id: &str) {
    with(|invocation| invocation.correlation_id.set(correlation_id.to_owned()).ok());
}

/// The request id of the current invocation.
#[must_use]
pub fn request_id() -> Option<String> {
    with(|invocation| Some(invocation.request_id.clone()))
}

/// Whether the current invocation is the first one of its sandbox.
#[must_use]
pub fn is_cold_start() -> bool {
    with(|invocation| Some(invocation.cold_start)).unwrap_or(false)
}

/// The X-Ray header of the current invocation.
pub(crate) fn xray() -> Option<String> {
    with(|invocation| invocation.xray.clone())
}

/// Counts `metric` once. The next metrics of the current invocation report the count under their operation. A store
/// counts in this way, because it does not know for which operation it works.
pub fn count(metric: Metric) {
    with(|invocation| {
        invocation.unreported.borrow_mut().counted.push(metric);
        Some(())
    });
}

/// Takes what has not been reported yet. A second call returns nothing.
pub(crate) fn take_unreported() -> Unreported {
    with(|invocation| Some(invocation.unreported.take())).unwrap_or_default()
}

/// Passes the ids of the current invocation to `tell`, each with its name.
pub(crate) fn ids(mut tell: impl FnMut(&'static str, &str)) {
    with(|invocation| {
        tell("request_id", &invocation.request_id);
        invocation.correlation_id.get().map(|id| tell("correlation_id", id))
    });
}

fn with<T>(ask: impl FnOnce(&Invocation) -> Option<T>) -> Option<T> {
    CURRENT.try_with(ask).ok().flatten()
}
