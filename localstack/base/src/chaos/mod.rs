//! Faults that are injected on purpose: AWS may do each of them at any time, and chaos does them often.
//!
//! This module decides when a fault strikes. The fault itself is done where the real one happens: to change records in
//! the bridge, to batches in the event source mapping, and to writes at the AWS endpoint, which knows the instance of
//! the function that writes.

mod disorder;
mod fault;
mod spec;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

pub use disorder::Disorder;
pub use fault::Fault;
pub use spec::{ChaosError, ChaosSpec};

/// Decides what strikes; clones share the decisions. The default never strikes.
#[derive(Debug, Clone)]
pub struct Chaos {
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
    #[must_use]
    pub fn new(spec: &ChaosSpec) -> Self {
        let decisions = Decisions { random: Rng::with_seed(spec.seed()), strikes: BTreeMap::new() };
        Self { spec: Arc::new(spec.clone()), decisions: Arc::new(Mutex::new(decisions)) }
    }

    /// What may strike.
    #[must_use]
    pub fn spec(&self) -> &ChaosSpec {
        &self.spec
    }

    /// How often each fault has struck.
    #[must_use]
    pub fn strikes_so_far(&self) -> BTreeMap<Fault, u64> {
        self.decide().strikes.clone()
    }

    /// Whether a fault strikes now.
    pub fn strikes(&self, fault: Fault) -> bool {
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
    #[must_use]
    pub fn choose<T: Copy, const N: usize>(&self, of: [T; N]) -> T {
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
mod tests {
    use super::{Chaos, Fault};

    fn decisions(spec: &str) -> Vec<bool> {
        let chaos = Chaos::new(&spec.parse().unwrap());
        (0..1000).map(|_| chaos.strikes(Fault::Kill)).collect()
    }

    #[test]
    fn a_fault_strikes_about_as_often_as_its_rate_says() {
        let strikes = decisions("kill=0.1,seed=1").iter().filter(|strikes| **strikes).count();
        assert!((50..200).contains(&strikes), "{strikes}");
        assert!(decisions("kill=1").iter().all(|strikes| *strikes));
        assert!(!decisions("kill=0,throttle=1").contains(&true));
    }

    #[test]
    fn a_seed_repeats_its_decisions() {
        assert_eq!(decisions("kill=0.5,seed=7"), decisions("kill=0.5,seed=7"));
        assert_ne!(decisions("kill=0.5,seed=7"), decisions("kill=0.5,seed=8"));
    }
}
