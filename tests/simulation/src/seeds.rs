//! Runs many seeds on all cores.

use std::fmt;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::{Mutation, run};

/// A run with a violation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailedSeed {
    /// The seed of the run.
    pub seed: u64,
    /// The planted bug, if there was one.
    pub mutation: Option<Mutation>,
    /// The violation.
    pub violation: String,
}

impl fmt::Display for FailedSeed {
    /// One line that ends with the command that reproduces the violation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let violation: String = self.violation.lines().flat_map(str::chars).take(300).collect();
        write!(f, "{violation} … cargo simulate --seed {}", self.seed)?;
        self.mutation.map_or(Ok(()), |planted| write!(f, " --mutation {}", planted.name()))
    }
}

/// Runs `seeds` on all cores. Returns the failures in the sequence of their seeds.
#[must_use]
pub fn runs(seeds: Range<u64>, mutation: Option<Mutation>) -> Vec<FailedSeed> {
    on_all_cores(seeds, mutation, false)
}

/// The first of `seeds` that detects `mutation`. All cores look for it.
#[must_use]
pub fn first_failure(seeds: Range<u64>, mutation: Mutation) -> Option<FailedSeed> {
    on_all_cores(seeds, Some(mutation), true).into_iter().next()
}

/// Runs `seeds` on all cores, in sequence. Returns the failures in the sequence of their seeds. If `until_failure` is
/// true, no seed begins after a failure. Every seed before the first failure has begun by then and is completed.
fn on_all_cores(seeds: Range<u64>, mutation: Option<Mutation>, until_failure: bool) -> Vec<FailedSeed> {
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let has_failed = AtomicBool::new(false);
    let work = || {
        while !(until_failure && has_failed.load(Ordering::Relaxed)) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if let Some(violation) = run(seed, mutation, false).violation {
                failures.lock().unwrap().push(FailedSeed { seed, mutation, violation });
                has_failed.store(true, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, Into::into) {
            scope.spawn(work);
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    failures
}
