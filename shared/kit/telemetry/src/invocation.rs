//! The invocation that is being handled, for whatever is logged meanwhile.

use std::cell::{Cell, OnceCell};

use lambda_runtime::Context;
use tokio::task::futures::TaskLocalFuture;

use crate::export::Losses;

tokio::task_local! {
    static CURRENT: Invocation;
}

/// What is known of an invocation from the outside.
#[derive(Debug)]
pub(crate) struct Invocation {
    request_id: String,
    xray: Option<String>,
    cold_start: bool,
    correlation_id: OnceCell<String>,
    unreported: Cell<Unreported>,
}

/// What the next metrics of an invocation report besides their own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unreported {
    /// Whether the sandbox is new.
    pub(crate) cold_start: bool,
    /// What has been lost of telemetry itself since the last report.
    pub(crate) losses: Losses,
}

impl Invocation {
    /// The invocation of `context`.
    pub(crate) fn new(context: &Context, unreported: Unreported) -> Self {
        Self {
            request_id: context.request_id.clone(),
            xray: context.xray_trace_id.clone(),
            cold_start: unreported.cold_start,
            correlation_id: OnceCell::new(),
            unreported: Cell::new(unreported),
        }
    }

    /// `work` as a part of this invocation.
    pub(crate) fn around<F: Future>(self, work: F) -> TaskLocalFuture<Self, F> {
        CURRENT.scope(self, work)
    }
}

/// Notes what ties the present invocation to other messages; every line that is logged from now on says it. Only the
/// first call counts.
pub fn correlate(correlation_id: &str) {
    with(|invocation| invocation.correlation_id.set(correlation_id.to_owned()).ok());
}

/// The present invocation's id.
#[must_use]
pub fn request_id() -> Option<String> {
    with(|invocation| Some(invocation.request_id.clone()))
}

/// Whether the present invocation is the first of its sandbox.
#[must_use]
pub fn is_cold_start() -> bool {
    with(|invocation| Some(invocation.cold_start)).unwrap_or(false)
}

/// The present invocation's X-Ray header.
pub(crate) fn xray() -> Option<String> {
    with(|invocation| invocation.xray.clone())
}

/// What has not been reported yet; it has been, then.
pub(crate) fn take_unreported() -> Unreported {
    with(|invocation| Some(invocation.unreported.take())).unwrap_or_default()
}

/// Tells the ids that every line of the present invocation has, by their names.
pub(crate) fn ids(mut tell: impl FnMut(&'static str, &str)) {
    with(|invocation| {
        tell("request_id", &invocation.request_id);
        invocation.correlation_id.get().map(|id| tell("correlation_id", id))
    });
}

fn with<T>(ask: impl FnOnce(&Invocation) -> Option<T>) -> Option<T> {
    CURRENT.try_with(ask).ok().flatten()
}
