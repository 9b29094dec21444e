//! The time that an invocation has left, from the deadline in Lambda's event and the API's source of time.

use std::time::Duration;

use http_api::{Answer, GatewayEvent, Problem, Request, respond};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::{NOW, api, body, post};

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

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_is_cut_off_before_the_deadline() {
    let (request, started) = (with_deadline(10_000), Instant::now());
    let response = respond("do-thing", &request, std::future::pending()).await;
    assert_eq!(started.elapsed(), Duration::from_millis(9_750));
    assert_eq!(
        (response.status_code, &body(&response)["type"]),
        (500, &json!("urn:things:problem:internal"))
    );
}

#[tokio::test(start_paused = true)]
async fn work_that_ends_before_the_deadline_is_answered() {
    let request = with_deadline(10_000);
    let work = async {
        sleep(Duration::from_millis(9_700)).await;
        Answer::ok(&json!({}))
    };
    assert_eq!(respond("do-thing", &request, work).await.status_code, 200);
}

#[test]
fn a_part_that_was_not_attempted_may_be_sent_again() {
    let problem = Problem::NotAttempted;
    assert_eq!((problem.code(), problem.status(), problem.retry_after()), ("not-attempted", 503, Some(1)));
}
