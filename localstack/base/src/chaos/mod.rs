//! Fault injection: AWS may cause each of these faults at any time, and chaos causes them often.
//!
//! This module only decides when a fault strikes. The part of the stack where the real fault would occur carries it
//! out: the bridge for change records, the event source mapping for batches, the event buses for entries and
//! deliveries, and the AWS endpoint for writes. The endpoint knows which function instance sent the write.
//!
//! The rates and the delay of late answers can change while the stack runs.

mod disorder;
mod fault;
mod spec;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;

pub use disorder::Disorder;
pub use fault::Fault;
pub use spec::{ChaosError, ChaosSpec};

/// Decides when a fault strikes. Clones share the specification, the random numbers and the counters. The default never
/// strikes until its rates are changed.
#[derive(Debug, Clone)]
pub struct Chaos(Arc<Mutex<Decisions>>);

#[derive(Debug)]
struct Decisions {
    spec: ChaosSpec,
    random: Rng,
    strikes: BTreeMap<Fault, u64>,
}

impl Chaos {
    /// Creates the decisions for a specification.
    #[must_use]
    pub fn new(spec: &ChaosSpec) -> Self {
        let random = Rng::with_seed(spec.seed());
        Self(Arc::new(Mutex::new(Decisions { spec: spec.clone(), random, strikes: BTreeMap::new() })))
    }

    /// The specification with its current rates.
    #[must_use]
    pub fn spec(&self) -> ChaosSpec {
        self.decide().spec.clone()
    }

    /// Changes the rates of these faults, and the delay of late answers if one is given. Nothing changes if a value is
    /// refused.
    ///
    /// # Errors
    /// [`ChaosError::Rate`] or [`ChaosError::Delay`].
    pub fn change(&self, rates: &BTreeMap<Fault, f64>, delay: Option<Duration>) -> Result<(), ChaosError> {
        let mut decisions = self.decide();
        let mut spec = decisions.spec.clone();
        for (fault, rate) in rates {
            spec.set_rate(*fault, *rate)?;
        }
        if let Some(delay) = delay {
            spec.set_delay(delay)?;
        }
        decisions.spec = spec;
        Ok(())
    }

    /// True if no fault strikes with the current rates.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.decide().spec.is_calm()
    }

    /// The time after which a late answer arrives.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.decide().spec.delay()
    }

    /// How often each fault has struck.
    #[must_use]
    pub fn injected_faults(&self) -> BTreeMap<Fault, u64> {
        self.decide().strikes.clone()
    }

    /// Decides whether a fault strikes now, and counts the strike.
    pub fn injects(&self, fault: Fault) -> bool {
        let mut decisions = self.decide();
        let rate = decisions.spec.rate(fault);
        if rate <= 0.0 {
            return false;
        }
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Chaos {
    fn default() -> Self {
        Self::new(&ChaosSpec::default())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    #[test]
    fn rates_and_the_delay_change_for_all_clones_or_not_at_all() {
        let chaos = Chaos::new(&"kill=1,seed=7".parse().unwrap());
        let clone = chaos.clone();
        let day = Duration::from_hours(24);
        assert!(chaos.change(&[(Fault::Kill, 0.0), (Fault::Throttle, 1.5)].into(), None).is_err());
        assert!(chaos.change(&[(Fault::Kill, 0.0)].into(), Some(day)).is_err());
        assert!(clone.injects(Fault::Kill), "a refused change changes nothing");
        chaos.change(&[(Fault::Kill, 0.0)].into(), Some(Duration::from_secs(1))).unwrap();
        assert!(!clone.injects(Fault::Kill) && clone.is_calm());
        assert_eq!((clone.delay(), clone.spec().seed()), (Duration::from_secs(1), 7));
    }
}
