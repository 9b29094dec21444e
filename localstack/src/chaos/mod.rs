//! Chaos on purpose: what AWS may do to the system at any time, done to it often, so that one can watch what becomes of
//! it.
//!
//! Each fault strikes where the real one does: change records in the bridge, batches in the event source mapping,
//! everything around a commit at the AWS endpoint, where it is known which instance of which function is writing.

mod fault;
mod records;
mod spec;
mod writes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

pub use fault::Fault;
pub(crate) use records::Disorder;
pub use spec::{ChaosError, ChaosSpec};
pub(crate) use writes::Writes;

/// Decides what strikes; clones share the decisions. The default never strikes.
#[derive(Debug, Clone)]
pub(crate) struct Chaos {
    spec: Arc<ChaosSpec>,
    decisions: Arc<Mutex<Rng>>,
}

impl Chaos {
    /// The chaos of a specification.
    pub(crate) fn new(spec: &ChaosSpec) -> Self {
        let decisions = Arc::new(Mutex::new(Rng::with_seed(spec.seed())));
        Self { spec: Arc::new(spec.clone()), decisions }
    }

    /// Whether nothing ever strikes.
    pub(crate) fn is_calm(&self) -> bool {
        self.spec.is_calm()
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        let rate = self.spec.rate(fault);
        let strikes = rate > 0.0 && self.decide().f64() < rate;
        if strikes {
            tracing::debug!(fault = fault.name(), "chaos strikes");
        }
        strikes
    }

    /// One of several, each as likely as the others.
    fn choose<T: Copy, const N: usize>(&self, of: [T; N]) -> T {
        const { assert!(N > 0, "there is something to choose") };
        of[self.decide().usize(..N)]
    }

    fn decide(&self) -> MutexGuard<'_, Rng> {
        self.decisions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Chaos {
    fn default() -> Self {
        Self::new(&ChaosSpec::default())
    }
}

#[cfg(test)]
mod tests;
