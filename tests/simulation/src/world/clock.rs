//! The clock of the simulation. It is paused while a task works, and advances when all tasks wait.

use std::sync::atomic::{AtomicI64, Ordering};

use tokio::time::Instant;

/// 2026-11-21T23:59:30Z. The start shortly before midnight distributes orders over several days.
const START: i64 = 1_795_305_570_000_000;

/// The paused clock of the runtime, converted to the time of day.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    /// The last value of [`micros`](Self::micros).
    last: AtomicI64,
    /// How far the time of day is ahead of the paused clock, in microseconds.
    ahead: AtomicI64,
}

impl Clock {
    pub(crate) fn starting() -> Self {
        Self { start: Instant::now(), last: AtomicI64::new(0), ahead: AtomicI64::new(0) }
    }

    /// Milliseconds since the start.
    pub(crate) fn millis(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap()
    }

    /// Moves the time of day ahead, as if nothing happened for some hours.
    pub(crate) fn skip(&self, hours: u64) {
        let micros = i64::try_from(hours).unwrap() * 3_600_000_000;
        self.ahead.fetch_add(micros, Ordering::Relaxed);
    }

    /// Microseconds since the Unix epoch, without the hours that were skipped. An operator does not work for hours.
    pub(crate) fn micros_without_skips(&self) -> i64 {
        START + i64::try_from(self.start.elapsed().as_micros()).unwrap()
    }

    /// Microseconds since the Unix epoch. Each call returns a new value. The clocks of instances are coarser.
    pub(crate) fn micros(&self) -> i64 {
        let elapsed = i64::try_from(self.start.elapsed().as_micros()).unwrap();
        let now = START + self.ahead.load(Ordering::Relaxed) + elapsed;
        let last = self.last.load(Ordering::Relaxed);
        let next = now.max(last + 1);
        self.last.store(next, Ordering::Relaxed);
        next
    }
}
