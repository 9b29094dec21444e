//! The time that an invocation has left, from the deadline in Lambda's event and the API's source of time.

use std::time::Duration;

use http_api::{GatewayEvent, Problem, Request};

use crate::support::{NOW, api, post};

/// The request of an invocation with `deadline`.
fn with_deadline(deadline: u64) -> Request {
    let request = post().request();
    let mut event = GatewayEvent::new(request.gateway().clone(), lambda_runtime::Context::default());
    event.context.deadline = deadline;
    api().request(event)
}

#[test]
fn the_time_left_ends_at_the_deadline() {
    let now = u64::try_from(NOW / 1_000).unwrap();
    assert_eq!(with_deadline(now + 10_001).time_left(), Duration::from_micros(10_000_544));
    assert_eq!(with_deadline(now - 1).time_left(), Duration::ZERO);
    let request = with_deadline(now + 10_001);
    assert_eq!(request.part(request.gateway().clone()).time_left(), request.time_left());
}

#[test]
fn a_remaining_time_is_accepted_as_a_deadline() {
    assert_eq!(with_deadline(10_000).time_left(), Duration::from_secs(10));
}

#[test]
fn an_event_without_a_deadline_limits_nothing() {
    assert_eq!(with_deadline(0).time_left(), Duration::MAX);
    assert_eq!(with_deadline(u64::MAX).time_left(), Duration::MAX);
}

#[test]
fn a_part_that_was_not_attempted_may_be_sent_again() {
    let problem = Problem::NotAttempted;
    assert_eq!((problem.code(), problem.status(), problem.retry_after()), ("not-attempted", 503, Some(1)));
}
