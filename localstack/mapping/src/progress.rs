//! The result of a mapping's last batch, which the API returns as `LastProcessingResult`.

use std::sync::{Arc, Mutex, PoisonError};

use super::response::Verdict;

/// The result of the last batch. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Progress(Arc<Mutex<&'static str>>);

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new("No records processed")))
    }
}

impl Progress {
    /// Stores the result of another batch.
    pub(super) fn note(&self, verdict: &Verdict) {
        let result = match verdict {
            Verdict::Succeeded | Verdict::Partly(_) => "OK",
            Verdict::Failed => "PROBLEM: Function call failed",
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = result;
    }

    /// The result in AWS's words.
    pub(super) fn last(&self) -> &'static str {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
