//! Fault injection: AWS may cause each of these faults at any time, and chaos causes them often.
//!
//! This module only decides when a fault strikes. The part of the stack where the real fault would occur carries it
//! out: the bridge for change records, the event source mapping for batches, and the AWS endpoint for writes. The
//! endpoint knows which function instance sent the write.

mod disorder;
mod fault;
mod spec;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fastrand::Rng;

pub use disorder::Disorder;
pub use fault::Fault;
pub use spec::{ChaosError, ChaosSpec};

/// Decides when a fault strikes. Clones share the random numbers and the counters. The default never strikes.
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
    /// Creates the decisions for a specification.
    #[must_use]
    pub fn new(spec: &ChaosSpec) -> Self {
        let decisions = Decisions { random: Rng::with_seed(spec.seed()), strikes: BTreeMap::new() };
        Self { spec: Arc::new(spec.clone()), decisions: Arc::new(Mutex::new(decisions)) }
    }

    /// The specification.
    #[must_use]
    pub fn spec(&self) -> &ChaosSpec {
        &self.spec
    }

    /// How often each fault has struck.
    #[must_use]
    pub fn injected_faults(&self) -> BTreeMap<Fault, u64> {
        self.decide().strikes.clone()
    }

    /// Decides whether a fault strikes now, and counts the strike.
    pub fn injects(&self, fault: Fault) -> bool {
        let rate = self.spec.rate(fault);
        if rate <= 0.0 {
            return false;
        }
        let mut decisions = self.decide();
        let strikes = decisions.random.f64() < rate;
        if strikes {
            *decisions.strikes.entry(fault).or_default() += 1;
            tracing::debug!(fault = fault.name(), "chaos injects a fault");
        }
        strikes
    }

    /// Chooses one option at random, each with the same probability.
    #[must_use]
    pub fn choose<T: Copy, const N: usize>(&self, of: [T; N]) -> T {
        const { assert!(N > 0, "choose needs at least one option") };
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
        (0..1000).map(|_| chaos.injects(Fault::Kill)).collect()
    }

    #[test]
    fn a_fault_strikes_about_as_often_as_its_rate() {
        let strikes = decisions("kill=0.1,seed=1").iter().filter(|strikes| **strikes).count();
        assert!((50..200).contains(&strikes), "{strikes}");
        assert!(decisions("kill=1").iter().all(|strikes| *strikes));
        assert!(!decisions("kill=0,throttle=1").contains(&true));
    }

    #[test]
    fn the_same_seed_gives_the_same_decisions() {
        assert_eq!(decisions("kill=0.5,seed=7"), decisions("kill=0.5,seed=7"));
        assert_ne!(decisions("kill=0.5,seed=7"), decisions("kill=0.5,seed=8"));
    }
}
