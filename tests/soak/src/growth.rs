//! The rule of growth: nothing is larger in the last third of the soak than in the second third, beyond an allowance. The
//! first third does not count, because processes and caches fill in it. The stack and the functions of the operators are
//! compared only if each third has every disturbance.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::disturbance::Disturbance;
use crate::processes::{STACK, Usage};

/// The number of rounds from which on each third has every disturbance.
pub(crate) const WHOLE: usize = 3 * Disturbance::ALL.len();
/// The functions of operators. Each works in some of the disturbances only.
const OPERATORS: [&str; 4] = ["rebuild", "reconcile", "redrive", "republish"];

/// The part of the memory by which a process may grow, as a divisor: 10 %.
const MEMORY_PART: u64 = 10;
/// The bytes by which a process may grow besides, because an allocator gets memory from the system in pieces.
const MEMORY: u64 = 2 << 20;
/// The bytes that the stack's process may keep for each stored commit: the acknowledged commands of the load and the events
/// that the consumer got, both for the audit.
const MEMORY_OF_COMMIT: u64 = 1024;
/// The handles by which a function process may grow. A projection writes 16 streams at the same time, and each write may
/// open a connection.
const HANDLES: u64 = 16;
/// The handles by which the stack may grow besides 10 %. It has some for each function process, whose number varies.
const HANDLES_OF_STACK: u64 = 32;
/// The unfinished records by which the largest backlog of a round may grow besides its half.
const BACKLOG: u64 = 100;

/// What was seen at the end of a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// The time since the start.
    pub(crate) at: Duration,
    /// The usage of each process by the name of its binary.
    pub(crate) usage: BTreeMap<String, Usage>,
    /// The number of stored commits.
    pub(crate) commits: u64,
    /// The largest number of unfinished changes and records during the round.
    pub(crate) backlog: u64,
}

/// A quantity of the second third beside that of the last third, both as medians.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trend {
    pub(crate) second: u64,
    pub(crate) last: u64,
    /// The largest quantity of the last third that is not a growth.
    pub(crate) limit: u64,
}

impl Trend {
    pub(crate) const fn grows(self) -> bool {
        self.last > self.limit
    }
}

/// The trends of a process. A trend is missing if one of the thirds has no sample of the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProcessTrends {
    pub(crate) binary: String,
    pub(crate) memory: Option<Trend>,
    pub(crate) handles: Option<Trend>,
}

/// The trends of all processes that can be compared, the stack first.
pub(crate) fn of_processes(samples: &[Sample]) -> Vec<ProcessTrends> {
    let mut binaries: BTreeSet<&String> = samples.iter().flat_map(|sample| sample.usage.keys()).collect();
    let stack = STACK.to_owned();
    binaries.remove(&stack);
    let stored = trend(samples, |sample| Some(sample.commits), |commits| commits);
    let stored = stored.map_or(0, |commits| commits.last.saturating_sub(commits.second));
    let of_process = |binary: &String| {
        let is_stack = *binary == stack;
        let (stored, handles) = if is_stack { (stored, HANDLES_OF_STACK) } else { (0, HANDLES) };
        let usage = |sample: &Sample| sample.usage.get(binary).copied();
        ProcessTrends {
            binary: binary.clone(),
            memory: trend(
                samples,
                |sample| usage(sample).map(|usage| usage.memory),
                |memory| memory + memory / MEMORY_PART + MEMORY + stored * MEMORY_OF_COMMIT,
            ),
            handles: trend(
                samples,
                |sample| usage(sample).map(|usage| usage.handles),
                |count| count + handles + if is_stack { count / 10 } else { 0 },
            ),
        }
    };
    let works_in_some = |binary: &str| binary == STACK || OPERATORS.contains(&binary);
    let compared = |binary: &&String| samples.len() >= WHOLE || !works_in_some(binary);
    std::iter::once(&stack).chain(binaries).filter(compared).map(of_process).collect()
}

/// The trend of the largest backlog of a round.
pub(crate) fn of_backlog(samples: &[Sample]) -> Option<Trend> {
    trend(samples, |sample| Some(sample.backlog), |backlog| backlog + backlog / 2 + BACKLOG)
}

fn trend(
    samples: &[Sample],
    quantity: impl Fn(&Sample) -> Option<u64>,
    limit: impl Fn(u64) -> u64,
) -> Option<Trend> {
    let total = samples.last()?.at;
    let median_of_third = |third: u32| {
        let is_in_third =
            |sample: &&Sample| sample.at * 3 > total * (third - 1) && sample.at * 3 <= total * third;
        median(samples.iter().filter(is_in_third).filter_map(&quantity).collect())
    };
    let second = median_of_third(2)?;
    Some(Trend { second, last: median_of_third(3)?, limit: limit(second) })
}

/// The median; of an even number of values, the lower one in the middle.
fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    values.get(values.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Sample, Usage, WHOLE, of_backlog, of_processes};
    use crate::processes::STACK;

    const MEGABYTE: u64 = 1 << 20;

    /// Twenty-four rounds of which `change` changes the sample of each one by its number.
    fn samples(change: impl Fn(u64, &mut Sample)) -> Vec<Sample> {
        let sample = |round: u64| {
            let usual = |memory| Usage { memory: memory * MEGABYTE, handles: 40 };
            let usage = [(STACK.to_owned(), usual(200)), ("create-order".to_owned(), usual(20))].into();
            let at = Duration::from_secs(10 * round);
            let mut sample = Sample { at, usage, commits: 50 * round, backlog: 30 };
            change(round, &mut sample);
            sample
        };
        (1..=24).map(sample).collect()
    }

    /// What grows: binaries with the quantity.
    fn growing(samples: &[Sample]) -> Vec<String> {
        let mut found = Vec::new();
        for process in of_processes(samples) {
            for (quantity, trend) in [("memory", process.memory), ("handles", process.handles)] {
                if trend.expect("samples in both thirds").grows() {
                    found.push(format!("{} {quantity}", process.binary));
                }
            }
        }
        found
    }

    fn usage<'s>(sample: &'s mut Sample, binary: &str) -> &'s mut Usage {
        sample.usage.get_mut(binary).expect("a usage")
    }

    #[test]
    fn processes_that_stay_as_they_are_do_not_grow() {
        assert_eq!(growing(&samples(|_, _| ())), [""; 0]);
    }

    #[test]
    fn a_leak_of_memory_or_handles_in_a_function_grows() {
        let memory = samples(|round, sample| usage(sample, "create-order").memory += round * 2 * MEGABYTE);
        assert_eq!(growing(&memory), ["create-order memory"]);
        let handles = samples(|round, sample| usage(sample, "create-order").handles += 3 * round);
        assert_eq!(growing(&handles), ["create-order handles"]);
    }

    #[test]
    fn the_first_third_and_single_rounds_do_not_count() {
        let warm_up = samples(|round, sample| usage(sample, "create-order").memory *= round.min(4));
        assert_eq!(growing(&warm_up), [""; 0]);
        let peak = samples(|round, sample| {
            if round == 20 {
                usage(sample, "create-order").memory *= 10;
            }
        });
        assert_eq!(growing(&peak), [""; 0]);
    }

    #[test]
    fn the_memory_of_the_stack_is_compared_with_what_it_stores() {
        let leak =
            |each: u64| samples(move |round, sample| usage(sample, STACK).memory += round * each * MEGABYTE);
        assert_eq!(growing(&leak(3)), [""; 0]);
        assert_eq!(growing(&leak(5)), ["stack memory"]);
        let stores_more = |round: u64, sample: &mut Sample| {
            usage(sample, STACK).memory += round * 5 * MEGABYTE;
            sample.commits *= 100;
        };
        assert_eq!(growing(&samples(stores_more)), [""; 0]);
    }

    #[test]
    fn a_backlog_that_grows_is_seen() {
        let backlog = |each: u64| of_backlog(&samples(|round, sample| sample.backlog += each * round));
        assert!(!backlog(0).expect("samples").grows() && backlog(200).expect("samples").grows());
    }

    #[test]
    fn a_process_that_was_not_seen_in_a_third_has_no_trend() {
        let gone = samples(|round, sample| {
            if round > 8 {
                sample.usage.remove("create-order");
            }
        });
        let trends = of_processes(&gone);
        assert_eq!(
            (trends[1].binary.as_str(), trends[1].memory, trends[1].handles),
            ("create-order", None, None)
        );
    }

    #[test]
    fn a_short_soak_compares_the_functions_that_work_in_every_round() {
        let mut short = samples(|round, sample| {
            usage(sample, STACK).memory *= round;
            sample
                .usage
                .insert("rebuild".to_owned(), Usage { memory: round * MEGABYTE, handles: 100 * round });
        });
        assert_eq!(growing(&short), ["stack memory", "rebuild memory", "rebuild handles"]);
        short.truncate(WHOLE - 1);
        assert_eq!(growing(&short), [""; 0]);
        for sample in &mut short {
            usage(sample, "create-order").memory *= sample.commits;
        }
        assert_eq!(growing(&short), ["create-order memory"]);
    }
}
