//! Which faults are injected, how often, and into which functions:
//! `duplicates=0.1,kill=0.02,late-answer=0.1,delay=5,only=order-projection,seed=7`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Fault;

/// The default delay of late answers. It exceeds the 3 s that the functions' clients allow for one attempt.
const DELAY: Duration = Duration::from_secs(4);
/// The longest delay of late answers.
const LONGEST_DELAY: Duration = Duration::from_mins(1);

/// Faults with their rates, the delay of late answers, the functions and tables whose writes the faults affect, and the
/// seed of the decisions. The default has no faults.
#[derive(Debug, Clone, PartialEq)]
pub struct ChaosSpec {
    rates: BTreeMap<Fault, f64>,
    delay: Duration,
    only: BTreeSet<String>,
    tables: BTreeSet<String>,
    seed: u64,
}

/// A text that is not a valid [`ChaosSpec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChaosError {
    /// A part does not have the form `NAME=RATE`.
    #[error("{0:?} is not NAME=RATE")]
    Form(String),
    /// No fault has this name.
    #[error("there is no fault {0:?}, but {known}; --chaos list describes each fault", known = known())]
    Unknown(String),
    /// A rate is not a probability.
    #[error("{name}={rate}: the rate is not a number from 0 to 1")]
    Rate {
        /// Name of the fault.
        name: String,
        /// The text given as its rate.
        rate: String,
    },
    /// The delay is not a number of seconds in the permitted range.
    #[error("delay={0}: the delay is not a number of seconds from 0 to {longest}", longest = LONGEST_DELAY.as_secs())]
    Delay(String),
    /// The seed is not a whole number.
    #[error("seed={0}: the seed is not a whole number from 0 to 18446744073709551615")]
    Seed(String),
    /// `only` is empty or names a function that the template does not have.
    #[error("only={name}: there is no such function{}", known_names(known))]
    Function {
        /// The text given as a function's name.
        name: String,
        /// The functions of the template, or empty when they are not known.
        known: Vec<String>,
    },
    /// `tables` is empty or names a table that the template does not have.
    #[error("tables={name}: there is no such table{}", known_names(known))]
    Table {
        /// The text given as a table's name.
        name: String,
        /// The tables of the template, or empty when they are not known.
        known: Vec<String>,
    },
    /// A name is repeated.
    #[error("{0} is repeated; set it once")]
    Twice(String),
}

fn known() -> String {
    Fault::ALL.map(Fault::name).join(", ")
}

fn known_names(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; known are {}", known.join(", ")) }
}

impl ChaosSpec {
    /// Probability that a fault strikes, from 0 (never) to 1 (always).
    #[must_use]
    pub fn rate(&self, fault: Fault) -> f64 {
        self.rates.get(&fault).copied().unwrap_or(0.0)
    }

    /// Sets the probability that a fault strikes.
    ///
    /// # Errors
    /// [`ChaosError::Rate`] if `rate` is not a probability.
    pub fn set_rate(&mut self, fault: Fault, rate: f64) -> Result<(), ChaosError> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(ChaosError::Rate { name: fault.name().to_owned(), rate: rate.to_string() });
        }
        self.rates.insert(fault, rate);
        Ok(())
    }

    /// The time after which a late answer arrives.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// Sets the time after which a late answer arrives.
    ///
    /// # Errors
    /// [`ChaosError::Delay`] if the delay is longer than a minute.
    pub fn set_delay(&mut self, delay: Duration) -> Result<(), ChaosError> {
        if delay > LONGEST_DELAY {
            return Err(ChaosError::Delay(delay.as_secs_f64().to_string()));
        }
        self.delay = delay;
        Ok(())
    }

    /// Binary names of the functions whose writes are affected. Empty means all functions.
    #[must_use]
    pub fn only(&self) -> &BTreeSet<String> {
        &self.only
    }

    /// Names of the tables whose writes are affected. Empty means all tables.
    #[must_use]
    pub fn tables(&self) -> &BTreeSet<String> {
        &self.tables
    }

    /// Seed of the random decisions. The same seed gives the same sequence of decisions, but concurrency determines
    /// which event each decision applies to.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// True if no fault ever strikes.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.rates.values().all(|rate| *rate <= 0.0)
    }
}

impl Default for ChaosSpec {
    fn default() -> Self {
        Self {
            rates: BTreeMap::new(),
            delay: DELAY,
            only: BTreeSet::new(),
            tables: BTreeSet::new(),
            seed: fastrand::u64(..),
        }
    }
}

impl FromStr for ChaosSpec {
    type Err = ChaosError;

    /// Parses parts separated by commas. `only` lists functions and `tables` lists tables, separated by `+`. Without
    /// `seed`, the seed is random.
    fn from_str(text: &str) -> Result<Self, ChaosError> {
        let mut spec = Self::default();
        let (mut is_seeded, mut is_delayed) = (false, false);
        for part in text.split(',').map(str::trim) {
            let (name, value) = part.split_once('=').ok_or_else(|| ChaosError::Form(part.to_owned()))?;
            let known = if name == "seed" {
                spec.seed = value.parse().map_err(|_| ChaosError::Seed(value.to_owned()))?;
                std::mem::replace(&mut is_seeded, true)
            } else if name == "delay" {
                spec.set_delay(delay(value)?)?;
                std::mem::replace(&mut is_delayed, true)
            } else if name == "only" {
                let refused = |name| ChaosError::Function { name, known: Vec::new() };
                !std::mem::replace(&mut spec.only, names(value).map_err(refused)?).is_empty()
            } else if name == "tables" {
                let refused = |name| ChaosError::Table { name, known: Vec::new() };
                !std::mem::replace(&mut spec.tables, names(value).map_err(refused)?).is_empty()
            } else {
                let fault = Fault::from_name(name).ok_or_else(|| ChaosError::Unknown(name.to_owned()))?;
                spec.rates.insert(fault, rate(name, value)?).is_some()
            };
            if known {
                return Err(ChaosError::Twice(name.to_owned()));
            }
        }
        Ok(spec)
    }
}

/// The names in `text`, or the text itself if one of them is empty.
fn names(text: &str) -> Result<BTreeSet<String>, String> {
    if text.split('+').any(str::is_empty) {
        return Err(text.to_owned());
    }
    Ok(text.split('+').map(str::to_owned).collect())
}

fn delay(text: &str) -> Result<Duration, ChaosError> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| ChaosError::Delay(text.to_owned()))
}

fn rate(name: &str, text: &str) -> Result<f64, ChaosError> {
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| ChaosError::Rate { name: name.to_owned(), rate: text.to_owned() })
}

impl fmt::Display for ChaosSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (fault, rate) in &self.rates {
            write!(formatter, "{}={rate},", fault.name())?;
        }
        if self.delay != DELAY {
            write!(formatter, "delay={},", self.delay.as_secs_f64())?;
        }
        for (name, set) in [("only", &self.only), ("tables", &self.tables)] {
            if !set.is_empty() {
                let names: Vec<_> = set.iter().map(String::as_str).collect();
                write!(formatter, "{name}={},", names.join("+"))?;
            }
        }
        write!(formatter, "seed={}", self.seed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{ChaosSpec, Fault};

    fn refused(text: &str) -> String {
        text.parse::<ChaosSpec>().unwrap_err().to_string()
    }

    #[test]
    fn every_fault_parses_and_prints() {
        for fault in Fault::ALL {
            let text = format!("{}=0.25,seed=7", fault.name());
            let spec: ChaosSpec = text.parse().unwrap();
            assert!((spec.rate(fault) - 0.25).abs() < f64::EPSILON);
            assert_eq!((spec.seed(), spec.to_string()), (7, text));
            assert!(!spec.is_calm());
        }
    }

    #[test]
    fn the_list_of_functions_parses_and_prints() {
        let spec: ChaosSpec = "throttle=1,only=redrive+order-projection,seed=7".parse().unwrap();
        assert_eq!(spec.only().iter().collect::<Vec<_>>(), ["order-projection", "redrive"]);
        assert_eq!(spec.to_string(), "throttle=1,only=order-projection+redrive,seed=7");
        let tables: ChaosSpec = "throttle=1,tables=b+a,seed=7".parse().unwrap();
        assert_eq!(tables.to_string(), "throttle=1,tables=a+b,seed=7");
        assert!("throttle=1".parse::<ChaosSpec>().unwrap().only().is_empty());
    }

    #[test]
    fn the_delay_of_late_answers_parses_and_prints() {
        let spec: ChaosSpec = "late-answer=1,delay=0.5,seed=7".parse().unwrap();
        assert_eq!(
            (spec.delay(), spec.to_string().as_str()),
            (Duration::from_millis(500), "late-answer=1,delay=0.5,seed=7")
        );
        assert_eq!("kill=1,delay=4,seed=7".parse::<ChaosSpec>().unwrap().to_string(), "kill=1,seed=7");
        for delay in ["61", "-1", "NaN", "soon", ""] {
            let expected = format!("delay={delay}: the delay is not a number of seconds from 0 to 60");
            assert_eq!(refused(&format!("delay={delay}")), expected);
        }
        assert_eq!(refused("delay=1,delay=1"), "delay is repeated; set it once");
    }

    #[test]
    fn a_spec_without_positive_rates_is_calm() {
        assert!(ChaosSpec::default().is_calm());
        assert!("kill=0".parse::<ChaosSpec>().unwrap().is_calm());
    }

    #[test]
    fn parse_errors_name_the_invalid_part() {
        assert_eq!(refused("kill"), "\"kill\" is not NAME=RATE");
        assert_eq!(refused("kill=0.1,"), "\"\" is not NAME=RATE");
        assert!(refused("kil=0.1").starts_with("there is no fault \"kil\", but duplicates, reorder, "));
        for rate in ["1.1", "-0.1", "NaN", "often", ""] {
            assert_eq!(
                refused(&format!("kill={rate}")),
                format!("kill={rate}: the rate is not a number from 0 to 1")
            );
        }
        assert!(refused("seed=x").starts_with("seed=x: the seed is not a whole number"));
        assert_eq!(refused("kill=0.1,kill=0.1"), "kill is repeated; set it once");
        assert_eq!(refused("seed=1,seed=1"), "seed is repeated; set it once");
        assert_eq!(refused("only=a,only=b"), "only is repeated; set it once");
        assert_eq!(refused("tables=+"), "tables=+: there is no such table");
        assert_eq!(refused("only=a+"), "only=a+: there is no such function");
    }
}
