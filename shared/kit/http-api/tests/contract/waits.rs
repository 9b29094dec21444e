//! Waits for a version of a view: how long they may take, and when they end at once. Time is paused, so a wait takes
//! exactly as long as the code decides.

use std::time::Duration;

use es_core::{StreamVersion, Versioned};
use http_api::{Api, GatewayResponse, Waits, answer_view, respond};
use serde_json::json;
use tokio::time::{Instant, advance, sleep};

use crate::support::{api, body, get};

/// A view that is only its version.
#[derive(serde::Serialize)]
struct View(u64);

impl Versioned for View {
    fn version(&self) -> StreamVersion {
        StreamVersion::new(self.0)
    }
}

fn api_with(longest: &str) -> Api {
    Api { waits: longest.parse().expect("a number"), ..api() }
}

/// Asks for version 2 with the header `Prefer`, and returns the response and the time that it took. The view has
/// version 1, and version 2 after `until_written`.
async fn asked(api: &Api, prefer: &str, until_written: Duration) -> (GatewayResponse, Duration) {
    let request = get().query("min_version=2").header("prefer", prefer).request_of(api);
    let started = Instant::now();
    let read = async || Ok(Some(View(if started.elapsed() >= until_written { 2 } else { 1 })));
    let response = respond("test", &request, answer_view(&request, read)).await;
    (response, started.elapsed())
}

fn header<'a>(response: &'a GatewayResponse, name: &str) -> Option<&'a str> {
    response.headers.get(name).and_then(|value| value.to_str().ok())
}

const NEVER: Duration = Duration::MAX;
const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(start_paused = true)]
async fn a_wait_is_as_long_as_the_caller_prefers_and_the_api_allows() {
    for (longest, prefer, granted, seconds) in [
        ("5", "wait=20", Some("wait=5"), 5),
        ("5", "wait=2", Some("wait=2"), 2),
        ("3600", "wait=3600", Some("wait=20"), 20),
        ("0", "wait=20", None, 0),
        ("5", "wait=0", None, 0),
    ] {
        let (response, taken) = asked(&api_with(longest), prefer, NEVER).await;
        assert_eq!(taken, Duration::from_secs(seconds), "{longest} {prefer}");
        assert_eq!(header(&response, "preference-applied"), granted, "{longest} {prefer}");
        assert_eq!((response.status_code, header(&response, "retry-after")), (200, Some("1")));
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_version_waits_for_nothing() {
    let request = get().header("prefer", "wait=5").request_of(&api_with("5"));
    let started = Instant::now();
    let response = respond("test", &request, answer_view(&request, async || Ok(Some(View(0))))).await;
    assert_eq!((response.status_code, started.elapsed()), (200, AT_ONCE));
    assert_eq!(header(&response, "preference-applied"), None);
}

#[tokio::test(start_paused = true)]
async fn after_a_wait_in_vain_requests_are_answered_at_once() {
    let api = api_with("5");
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, Duration::from_secs(5));
    for _ in 0..100 {
        let (response, taken) = asked(&api, "wait=20", NEVER).await;
        assert_eq!(taken, AT_ONCE, "the instance must not wait again");
        assert_eq!(
            (header(&response, "preference-applied"), header(&response, "retry-after")),
            (None, Some("1"))
        );
    }
    let elsewhere = asked(&api_with("5"), "wait=20", NEVER).await.1;
    assert_eq!(elsewhere, Duration::from_secs(5), "another instance has not waited in vain");
}

#[tokio::test(start_paused = true)]
async fn after_the_rest_a_wait_is_short_until_one_finds_its_version() {
    let (api, rest, second) = (api_with("5"), Duration::from_secs(10), Duration::from_secs(1));
    asked(&api, "wait=20", NEVER).await;
    advance(rest).await;
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, second);
    assert_eq!(asked(&api, "wait=20", AT_ONCE).await.0.status_code, 200);
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, AT_ONCE, "a request during the rest is no trial");
    advance(rest).await;
    let (found, taken) = asked(&api, "wait=20", second / 10).await;
    assert_eq!((header(&found, "preference-applied"), header(&found, "retry-after")), (Some("wait=1"), None));
    assert!(taken < second, "{taken:?}");
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_finds_its_version_at_once_is_no_wait() {
    let (api, rest, second) = (api_with("5"), Duration::from_secs(10), Duration::from_secs(1));
    asked(&api, "wait=20", NEVER).await;
    advance(rest).await;
    for _ in 0..10 {
        let (found, taken) = asked(&api, "wait=20", AT_ONCE).await;
        assert_eq!((header(&found, "preference-applied"), taken), (Some("wait=1"), AT_ONCE));
    }
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, second, "no wait has found its version");
}

/// A read that takes longer than the wait occupies the instance as long, although the request makes no pause.
#[tokio::test(start_paused = true)]
async fn a_wait_in_vain_may_be_one_slow_read() {
    let api = api_with("5");
    let request = get().query("min_version=2").header("prefer", "wait=2").request_of(&api);
    let read = async || {
        sleep(Duration::from_secs(3)).await;
        Ok(Some(View(1)))
    };
    respond("test", &request, answer_view(&request, read)).await;
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, AT_ONCE);
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_a_view_that_does_not_appear_tells_the_granted_seconds() {
    let api = api_with("5");
    let asked = async || {
        let request = get().query("min_version=1").header("prefer", "wait=20").request_of(&api);
        respond("test", &request, answer_view(&request, async || Ok(None::<View>))).await
    };
    for granted in [Some("wait=5"), None] {
        let response = asked().await;
        let headers = (header(&response, "preference-applied"), header(&response, "retry-after"));
        assert_eq!((response.status_code, headers), (404, (granted, Some("1"))));
    }
}

#[tokio::test(start_paused = true)]
async fn a_view_of_which_no_version_is_wanted_is_missing_for_good() {
    for query in ["", "min_version=0"] {
        let request = get().query(query).header("prefer", "wait=20").request_of(&api_with("5"));
        let response = respond("test", &request, answer_view(&request, async || Ok(None::<View>))).await;
        let problem = &body(&response)["type"];
        assert_eq!((response.status_code, problem), (404, &json!("urn:things:problem:not-found")), "{query}");
        assert_eq!(header(&response, "retry-after"), None, "{query}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_finds_its_version_changes_nothing() {
    let api = api_with("5");
    for _ in 0..10 {
        let taken = asked(&api, "wait=20", Duration::from_secs(2)).await.1;
        assert!(taken < Duration::from_secs(3), "{taken:?}");
    }
    assert_eq!(asked(&api, "wait=20", NEVER).await.1, Duration::from_secs(5));
}

#[test]
fn the_longest_wait_must_be_a_number_of_seconds() {
    for text in ["", "5s", "-1", "1.5"] {
        let refused = text.parse::<Waits>().expect_err(text).to_string();
        assert!(refused.ends_with(&format!("and not {text:?}")), "{refused}");
    }
}
