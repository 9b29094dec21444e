//! Chaos on purpose: what AWS may do to the system at any time, done to it often, so that one can watch what becomes of
//! it.
//!
//! Each fault strikes where the real one does: change records in the bridge, batches in the event source mapping,
//! everything around a commit at the AWS endpoint, where it is known which instance of which function is writing.

mod fault;
mod records;
mod spec;
mod writes;

use std::collections::BTreeMap;
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
    decisions: Arc<Mutex<Decisions>>,
}

#[derive(Debug)]
struct Decisions {
    random: Rng,
    strikes: BTreeMap<Fault, u64>,
}

impl Chaos {
    /// The chaos of a specification.
    pub(crate) fn new(spec: &ChaosSpec) -> Self {
        let decisions = Decisions { random: Rng::with_seed(spec.seed()), strikes: BTreeMap::new() };
        Self { spec: Arc::new(spec.clone()), decisions: Arc::new(Mutex::new(decisions)) }
    }

    /// What may strike.
    pub(crate) fn spec(&self) -> &ChaosSpec {
        &self.spec
    }

    /// How often each fault has struck.
    pub(crate) fn strikes_so_far(&self) -> BTreeMap<Fault, u64> {
        self.decide().strikes.clone()
    }

    /// Whether a fault strikes now.
    pub(crate) fn strikes(&self, fault: Fault) -> bool {
        let rate = self.spec.rate(fault);
        if rate <= 0.0 {
            return false;
        }
        let mut decisions = self.decide();
        let strikes = decisions.random.f64() < rate;
        if strikes {
            *decisions.strikes.entry(fault).or_default() += 1;
            tracing::debug!(fault = fault.name(), "chaos strikes");
        }
        strikes
    }

    /// One of several, each as likely as the others.
    fn choose<T: Copy, const N: usize>(&self, of: [T; N]) -> T {
        const { assert!(N > 0, "there is something to choose") };
        of[self.decide().random.usize(..N)]
    }

    fn decide(&self) -> MutexGuard<'_, Decisions> {
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
