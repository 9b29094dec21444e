//! The machine's clock: the current time, and the time at which an invocation must stop working.

use std::time::{Duration, SystemTime};

use es_core::{Clock, TimeAndKeys, Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

/// The machine's clock. Deployed code uses no other clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

impl TimeAndKeys for SystemClock {
    fn key(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// How long before Lambda's deadline the work stops. The response needs this time.
const MARGIN: Duration = Duration::from_secs(1);

/// The longest time that Lambda lets a function run (AWS Lambda Developer Guide, "Lambda quotas").
const LONGEST_INVOCATION: Duration = Duration::from_mins(15);

/// When to stop working on an invocation whose deadline is `epoch_ms` milliseconds after the Unix epoch.
#[must_use]
pub fn deadline(epoch_ms: u64) -> Instant {
    Instant::now() + time_left(epoch_ms, SystemTime::now().into()).saturating_sub(MARGIN)
}

/// How much time an invocation has left at `now`, if its deadline is `epoch_ms` milliseconds after the Unix epoch.
///
/// `cargo lambda watch` passes the remaining time instead of the deadline. A value that is no longer than the longest
/// invocation is therefore taken as the remaining time.
#[must_use]
pub fn time_left(epoch_ms: u64, now: Timestamp) -> Duration {
    let said = Duration::from_millis(epoch_ms);
    if said <= LONGEST_INVOCATION {
        return said;
    }
    said.saturating_sub(Duration::from_micros(now.micros().unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use tokio::time::Instant;

    use super::deadline;

    fn in_seconds(seconds: u64) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::try_from((now + Duration::from_secs(seconds)).as_millis()).unwrap()
    }

    #[test]
    fn work_stops_before_lambdas_deadline() {
        let end = deadline(in_seconds(60));
        let now = Instant::now();
        assert!(end > now && end < now + Duration::from_mins(1), "{:?}", end - now);
    }

    #[test]
    fn a_passed_deadline_leaves_no_time() {
        assert!(deadline(in_seconds(0)) <= Instant::now());
    }

    #[test]
    fn a_remaining_time_is_accepted_as_a_deadline() {
        let end = deadline(600_000);
        assert!(end > Instant::now(), "the value must not be taken as a time in 1970");
    }
}
