//! The time of day, keys, and how long a batch may take.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use es_core::{Clock, TimeAndKeys, Timestamp};
use lambda::{SystemClock, deadline};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn work_ends_a_second_before_lambda_does() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    assert!(deadline(millis(now + Duration::from_mins(1))) <= Instant::now() + Duration::from_secs(59));
    assert!(deadline(millis(now + Duration::from_hours(1))) > Instant::now());
    assert_eq!(deadline(millis(now)), Instant::now());
    assert_eq!(deadline(0), Instant::now());
}

#[test]
fn the_machine_gives_the_time_of_day_and_keys_that_differ() {
    let (before, now) = (Timestamp::from(SystemTime::now()), SystemClock.now());
    assert!((before..=Timestamp::from(SystemTime::now())).contains(&now), "{now}");
    assert_ne!(SystemClock.key(), SystemClock.key());
}
