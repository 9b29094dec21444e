//! The current time, generated keys, and the deadline of an invocation.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use es_core::{Clock, TimeAndKeys, Timestamp};
use lambda::{SystemClock, deadline};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn work_stops_a_second_before_lambdas_deadline() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    assert!(deadline(millis(now + Duration::from_mins(1))) <= Instant::now() + Duration::from_secs(59));
    assert!(deadline(millis(now + Duration::from_hours(1))) > Instant::now());
    assert_eq!(deadline(millis(now)), Instant::now());
    assert_eq!(deadline(0), Instant::now());
}

#[test]
fn the_clock_returns_the_current_time_and_unique_keys() {
    let (before, now) = (Timestamp::from(SystemTime::now()), SystemClock.now());
    assert!((before..=Timestamp::from(SystemTime::now())).contains(&now), "{now}");
    assert_ne!(SystemClock.key(), SystemClock.key());
}
