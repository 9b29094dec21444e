//! Random numbers, all from one seed.

use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

/// A source of random numbers. Each call gets the next number. The sequence of the calls is deterministic, so the whole
/// run follows from the seed.
#[derive(Debug)]
pub(crate) struct Random(Mutex<fastrand::Rng>);

impl Random {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(fastrand::Rng::with_seed(seed)))
    }

    /// True with a probability of `permille` in a thousand.
    pub(crate) fn chance(&self, permille: u32) -> bool {
        permille > 0 && self.0.lock().unwrap().u32(0..1_000) < permille
    }

    /// A number in `range`, which excludes its end.
    pub(crate) fn number(&self, range: Range<u64>) -> u64 {
        self.0.lock().unwrap().u64(range)
    }

    /// An index below `of`, which must not be 0.
    pub(crate) fn index(&self, of: usize) -> usize {
        self.0.lock().unwrap().usize(0..of)
    }

    /// One of the elements of `of`, which must not be empty.
    pub(crate) fn one<'a, T>(&self, of: &'a [T]) -> &'a T {
        &of[self.index(of.len())]
    }

    /// 128 random bits.
    pub(crate) fn bits(&self) -> u128 {
        self.0.lock().unwrap().u128(..)
    }

    /// A number of milliseconds in `range`, which excludes its end.
    pub(crate) fn millis(&self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.number(range))
    }
}
