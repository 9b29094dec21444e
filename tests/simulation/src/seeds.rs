//! Many runs: seeds on every core.

use std::fmt;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::{Mutation, run};

/// A run that did not end as it must.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The seed it follows from.
    pub seed: u64,
    /// The bug that was planted in it, if any.
    pub mutation: Option<Mutation>,
    /// What must not have happened.
    pub violation: String,
}

impl fmt::Display for Failure {
    /// One line, which ends with the command that shows it again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let violation: String = self.violation.lines().flat_map(str::chars).take(300).collect();
        write!(f, "{violation} … cargo simulate --seed {}", self.seed)?;
        self.mutation.map_or(Ok(()), |planted| write!(f, " --mutation {}", planted.name()))
    }
}

/// Runs `seeds`, as many at a time as there are cores; the failures among them in their order.
#[must_use]
pub fn runs(seeds: Range<u64>, mutation: Option<Mutation>) -> Vec<Failure> {
    let (next, failures) = (AtomicU64::new(seeds.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            if let Some(violation) = run(seed, mutation, false).violation {
                failures.lock().unwrap().push(Failure { seed, mutation, violation });
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

/// The first of `seeds` that shows `mutation`.
#[must_use]
pub fn first_failure(mut seeds: Range<u64>, mutation: Mutation) -> Option<Failure> {
    seeds.find_map(|seed| {
        let violation = run(seed, Some(mutation), false).violation?;
        Some(Failure { seed, mutation: Some(mutation), violation })
    })
}
