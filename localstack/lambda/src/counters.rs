//! Counts a function's invocations, as the metrics of Lambda do (Lambda guide, "Types of metrics for Lambda
//! functions"): a throttled call is neither an invocation nor an error.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::InvokeError;
use super::job::Completed;

/// How often a function was invoked and failed since the runtime started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InvocationCounts {
    /// Invocations that ended, successful or not.
    pub invocations: u64,
    /// Invocations that ended with a function error.
    pub errors: u64,
    /// Calls that were refused because every instance was busy.
    pub throttles: u64,
    /// Time that the last invocation took, with the start of an instance; zero before the first one.
    pub last_duration: Duration,
}

/// The counts of one function.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<InvocationCounts>);

impl Counters {
    pub(super) fn note(&self, result: &Result<Completed, InvokeError>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Completed { invocation, .. }) => {
                counts.invocations += 1;
                counts.errors += u64::from(invocation.function_error.is_some());
                counts.last_duration = invocation.duration;
            }
            Err(InvokeError::TooManyRequests { .. }) => counts.throttles += 1,
            Err(_) => {}
        }
    }

    pub(super) fn read(&self) -> InvocationCounts {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
