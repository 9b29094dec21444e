//! The rule of growth: nothing is larger in the last third of the rounds than in the second third, beyond an allowance. The
//! first third does not count, because processes and caches fill in it. Some functions of operators are compared only if each
//! third has every disturbance.

use std::collections::BTreeSet;

use crate::disturbance::Disturbance;
use crate::processes::{Processes, STACK};

/// The number of rounds from which on each third has every disturbance.
pub(crate) const WHOLE: usize = 3 * Disturbance::ALL.len();
/// The functions of operators that work in some of the disturbances only. `redrive` works after each round.
const OCCASIONAL: [&str; 3] = ["rebuild", "reconcile", "republish"];

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
/// The handles by which the stack may grow besides 10 %: its client of DynamoDB keeps 16 idle connections, and both ends of each
/// are in the stack's process.
const HANDLES_OF_STACK: u64 = 32;
/// The handles that the stack has for a function process: one for the process, two for its output, the listener and the
/// connection of its Runtime API, one connection for spans, and two connections to the AWS endpoint. The number of processes
/// depends on the concurrency of the last five minutes, because Lambda ends an idle process after this time.
const HANDLES_OF_PROCESS: u64 = 8;
/// The bytes by which the stack may grow besides 10 %. A rebuild of more commits has more concurrent requests, and the stack
/// kept part of their memory: the second rebuild of three soaks added 6 to 12 MB, and the third one of one soak 1 MB.
const MEMORY_OF_STACK: u64 = 16 << 20;
/// The bytes that the stack has for a function process: the buffers of its output and of its connections.
const MEMORY_OF_PROCESS: u64 = 128 << 10;
/// The unfinished records by which the largest backlog of a round may grow besides its half.
const BACKLOG: u64 = 100;

/// What was seen at the end of a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    /// What the processes use.
    pub(crate) processes: Processes,
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
    let mut binaries: BTreeSet<&String> =
        samples.iter().flat_map(|sample| sample.processes.usage.keys()).collect();
    let stack = STACK.to_owned();
    binaries.remove(&stack);
    let increase = |quantity: fn(&Sample) -> u64| {
        let trend = trend(samples, |sample| Some(quantity(sample)), |quantity| quantity);
        trend.map_or(0, |trend| trend.last.saturating_sub(trend.second))
    };
    let (stored, started) =
        (increase(|sample| sample.commits), increase(|sample| sample.processes.functions));
    let of_process = |binary: &String| {
        let is_stack = *binary == stack;
        let (memory, handles) = if is_stack {
            let memory = MEMORY_OF_STACK + stored * MEMORY_OF_COMMIT + started * MEMORY_OF_PROCESS;
            (memory, HANDLES_OF_STACK + started * HANDLES_OF_PROCESS)
        } else {
            (MEMORY, HANDLES)
        };
        let usage = |sample: &Sample| sample.processes.usage.get(binary).copied();
        ProcessTrends {
            binary: binary.clone(),
            memory: trend(
                samples,
                |sample| usage(sample).map(|usage| usage.memory),
                |usual| usual + usual / MEMORY_PART + memory,
            ),
            handles: trend(
                samples,
                |sample| usage(sample).map(|usage| usage.handles),
                |usual| usual + handles + if is_stack { usual / 10 } else { 0 },
            ),
        }
    };
    let compared = |binary: &&String| samples.len() >= WHOLE || !OCCASIONAL.contains(&binary.as_str());
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
    let median_of_third = |third: usize| {
        let end = |third: usize| (samples.len() * third).div_ceil(3);
        median(samples[end(third - 1)..end(third)].iter().filter_map(&quantity).collect())
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
    use super::{Sample, WHOLE, of_backlog, of_processes};
    use crate::processes::{Processes, STACK, Usage};

    const MEGABYTE: u64 = 1 << 20;

    /// Twenty-four rounds of which `change` changes the sample of each one by its number.
    fn samples(change: impl Fn(u64, &mut Sample)) -> Vec<Sample> {
        let sample = |round: u64| {
            let usual = |memory| Usage { memory: memory * MEGABYTE, handles: 40 };
            let usage = [(STACK.to_owned(), usual(200)), ("create-order".to_owned(), usual(20))].into();
            let processes = Processes { usage, functions: 30 };
            let mut sample = Sample { processes, commits: 50 * round, backlog: 30 };
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
        sample.processes.usage.get_mut(binary).expect("a usage")
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
        assert_eq!(growing(&leak(8)), ["stack memory"]);
        let stores_more = |round: u64, sample: &mut Sample| {
            usage(sample, STACK).memory += round * 8 * MEGABYTE;
            sample.commits *= 100;
        };
        assert_eq!(growing(&samples(stores_more)), [""; 0]);
    }

    #[test]
    fn the_stack_has_handles_and_memory_for_each_function_process() {
        let handles = |of_each: u64| {
            samples(move |round, sample| {
                sample.processes.functions += 2 * round;
                usage(sample, STACK).handles += 2 * round * of_each;
            })
        };
        assert_eq!(growing(&handles(8)), [""; 0]);
        assert_eq!(growing(&handles(14)), ["stack handles"]);
        let memory = |started: u64| {
            samples(move |round, sample| {
                sample.processes.functions += started * round;
                usage(sample, STACK).memory += 8 * round * MEGABYTE;
            })
        };
        assert_eq!(growing(&memory(0)), ["stack memory"]);
        assert_eq!(growing(&memory(24)), [""; 0]);
    }

    #[test]
    fn a_backlog_that_grows_is_seen() {
        let backlog = |each: u64| of_backlog(&samples(|round, sample| sample.backlog += each * round));
        assert!(!backlog(0).expect("samples").grows() && backlog(200).expect("samples").grows());
    }

    #[test]
    fn three_rounds_are_enough_to_compare_thirds() {
        assert_eq!(of_backlog(&samples(|_, _| ())[..2]), None);
        assert!(of_backlog(&samples(|_, _| ())[..3]).is_some());
    }

    #[test]
    fn a_process_that_was_not_seen_in_a_third_has_no_trend() {
        let gone = samples(|round, sample| {
            if round > 8 {
                sample.processes.usage.remove("create-order");
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
            for binary in ["rebuild", "redrive"] {
                let growing = Usage { memory: round * MEGABYTE, handles: 100 * round };
                sample.processes.usage.insert(binary.to_owned(), growing);
            }
        });
        let of_redrive = ["redrive memory", "redrive handles"];
        assert_eq!(growing(&short), [&["rebuild memory", "rebuild handles"], &of_redrive[..]].concat());
        short.truncate(WHOLE - 1);
        assert_eq!(growing(&short), of_redrive);
        for sample in &mut short {
            usage(sample, STACK).memory *= sample.commits;
        }
        assert_eq!(growing(&short), [&["stack memory"], &of_redrive[..]].concat());
    }
}
