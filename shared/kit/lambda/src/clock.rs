//! The machine's clock: the current time, and the time at which an invocation must stop working.

use std::time::{Duration, SystemTime};

use es_core::{Clock, TimeAndKeys, Timestamp};
use telemetry::time_left;
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

/// When to stop working on an invocation whose deadline is `epoch_ms` milliseconds after the Unix epoch.
#[must_use]
pub fn deadline(epoch_ms: u64) -> Instant {
    Instant::now() + time_left(epoch_ms, SystemTime::now().into()).saturating_sub(MARGIN)
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
