//! The faults that chaos injects, and the change of their rates while the stack runs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use stack_base::chaos::{Chaos, ChaosError, Fault};

use super::item::ConsoleError;

/// The faults with their current rates.
#[derive(Debug, Serialize)]
pub(super) struct FaultsView {
    faults: Vec<FaultView>,
    /// Time after which a late answer arrives.
    delay_seconds: f64,
    /// Binaries of the only functions, and names of the only tables, whose writes are affected; empty means all.
    functions: Vec<String>,
    tables: Vec<String>,
}

#[derive(Debug, Serialize)]
struct FaultView {
    name: &'static str,
    meaning: String,
    rate: f64,
    /// Number of injected faults since the stack started.
    injected: u64,
}

/// The rates to change; the others stay as they are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultsChange {
    #[serde(default)]
    rates: BTreeMap<String, f64>,
    delay_seconds: Option<f64>,
}

impl FaultsView {
    pub(super) fn new(chaos: &Chaos) -> Self {
        let (spec, injected) = (chaos.spec(), chaos.injected_faults());
        let fault = |fault: Fault| FaultView {
            name: fault.name(),
            meaning: fault.meaning(),
            rate: spec.rate(fault),
            injected: injected.get(&fault).copied().unwrap_or_default(),
        };
        Self {
            faults: Fault::ALL.map(fault).into(),
            delay_seconds: spec.delay().as_secs_f64(),
            functions: spec.only().iter().cloned().collect(),
            tables: spec.tables().iter().cloned().collect(),
        }
    }
}

impl FaultsChange {
    /// Changes the rates and the delay. Nothing changes if a value is refused.
    ///
    /// # Errors
    /// [`ConsoleError::Chaos`] for an unknown fault or a value out of range.
    pub(super) fn apply(self, chaos: &Chaos) -> Result<(), ConsoleError> {
        let fault = |name: String| Fault::from_name(&name).ok_or(ChaosError::Unknown(name));
        let rates = self.rates.into_iter().map(|(name, rate)| Ok((fault(name)?, rate)));
        let delay = self.delay_seconds.map(|seconds| {
            Duration::try_from_secs_f64(seconds).map_err(|_| ChaosError::Delay(seconds.to_string()))
        });
        let rates = rates.collect::<Result<BTreeMap<_, _>, ChaosError>>()?;
        Ok(chaos.change(&rates, delay.transpose()?)?)
    }
}
