//! The log line, metrics and trace of a request.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use crate::support::{RequestBuilder, get, post};
use es_core::{ExecutionError, Outcome, StoreError, StreamVersion};
use http_api::{Answer, ApiError, GatewayResponse, Problem, Request, respond};
use serde_json::{Value, json};
use telemetry::Telemetry;
use testing::recorded_values;
use tracing::dispatcher::{DefaultGuard, set_default};

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Collects the log lines. It also records spans if there is an `endpoint`.
struct Listener {
    lines: Arc<Mutex<Vec<u8>>>,
    _telemetry: (Telemetry, DefaultGuard),
}

impl Listener {
    fn start(endpoint: Option<&str>) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&lines);
        let variable =
            |name: &str| endpoint.filter(|_| name == "OTEL_EXPORTER_OTLP_ENDPOINT").map(ToOwned::to_owned);
        let write = move |line: &[u8]| {
            written.lock().expect("no other test has panicked with the lock").extend_from_slice(line);
        };
        let (telemetry, dispatch) = Telemetry::assemble("things", variable, write);
        let guard = set_default(&dispatch);
        Self { lines, _telemetry: (telemetry, guard) }
    }

    /// The only log line of a request that ends with `result`.
    async fn line(&self, request: &Request, result: Result<Answer, ApiError>) -> Value {
        self.lines.lock().expect("no other test has panicked with the lock").clear();
        respond("do-thing", request, async { result }).await;
        let lines = self.text();
        assert_eq!(lines.lines().count(), 1, "{lines}");
        serde_json::from_str(&lines).expect("the line is JSON")
    }

    /// The log lines so far.
    fn text(&self) -> String {
        let lines = self.lines.lock().expect("no other test has panicked with the lock").clone();
        String::from_utf8(lines).expect("the text is UTF-8")
    }
}

/// The members `names` of a line.
fn members<const N: usize>(line: &Value, names: [&str; N]) -> Value {
    names.map(|name| line[name].clone()).into_iter().collect()
}

fn receipt(replayed: bool, conflicts: u32, appended: usize) -> Result<Answer, ApiError> {
    let version = StreamVersion::new(7);
    let outcome = Outcome { state: (), version, changed: true, replayed, conflicts, appended };
    Answer::receipt("thing_id", &7, &outcome, |()| "new")
}

/// The response to a command, and the `traceparent` of the commit that the command would make.
async fn recorded(request: Request) -> (GatewayResponse, Option<String>) {
    let mut traceparent = None;
    let work = async {
        traceparent = request.metadata()?.traceparent;
        receipt(false, 0, 1)
    };
    let response = respond("do-thing", &request, work).await;
    (response, traceparent)
}

/// The names of the metrics that `line` declares.
fn measured(line: &Value) -> Vec<&str> {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten();
    let metrics = directives.flat_map(|directive| directive["Metrics"].as_array().into_iter().flatten());
    metrics.filter_map(|metric| metric["Name"].as_str()).collect()
}

#[tokio::test]
async fn a_command_is_counted_by_its_outcome() {
    let listener = Listener::start(None);
    let request = post().request();
    let line = listener.line(&request, receipt(false, 2, 3)).await;
    assert_eq!(members(&line, ["level", "message", "status"]), json!(["INFO", "answered", 200]));
    assert_eq!(members(&line, ["operation", "outcome"]), json!(["do-thing", "accepted"]));
    assert_eq!(members(&line, ["Commands", "Conflicts", "EventsAppended"]), json!([1, 2, 3]));
    let line = listener.line(&request, receipt(true, 0, 0)).await;
    assert_eq!(members(&line, ["outcome", "IdempotentReplays"]), json!(["replayed", 1]));
    let line = listener.line(&request, Err(Problem::Stale { actual: 4 }.into())).await;
    assert_eq!(members(&line, ["outcome", "level", "Commands"]), json!(["stale-version", "INFO", 1]));
    let contended = ExecutionError::<crate::responses::Broken>::Contended { attempts: 20 };
    let line = listener.line(&request, Err(contended.into())).await;
    assert_eq!(members(&line, ["outcome", "Commands", "Conflicts"]), json!(["contended", 1, 20]));
    assert!(measured(&line).iter().all(|name| !["Queries", "QueryTime"].contains(name)), "{line}");
}

#[tokio::test]
async fn a_query_is_counted_by_its_outcome_and_not_as_a_command() {
    let listener = Listener::start(None);
    let line = listener.line(&get().request(), Answer::ok(&json!({}))).await;
    assert_eq!(members(&line, ["operation", "outcome", "Queries"]), json!(["do-thing", "answered", 1]));
    assert_eq!(measured(&line), ["Queries", "FailedRequests", "QueryTime"]);
    let line = listener.line(&get().request(), Err(Problem::NotFound.into())).await;
    assert_eq!(members(&line, ["outcome", "Queries"]), json!(["not-found", 1]));
    let waiting = get().header("prefer", "wait=5").request();
    let line = listener.line(&waiting, Answer::ok(&json!({}))).await;
    assert_eq!(measured(&line), ["Queries", "FailedRequests"]);
}

/// The metric is the indicator of availability, so the caller's own errors must not count.
#[tokio::test]
async fn a_request_has_failed_only_if_the_service_is_at_fault() {
    let listener = Listener::start(None);
    let failures = [
        (Problem::Internal, 1),
        (Problem::Throttled, 1),
        (Problem::NotAttempted, 1),
        (Problem::Contended, 0),
        (Problem::Unauthenticated, 0),
        (Problem::NotFound, 0),
    ];
    for request in [get().request(), post().request()] {
        for (problem, failed) in failures.clone() {
            let line = listener.line(&request, Err(problem.into())).await;
            assert_eq!(line["FailedRequests"], failed, "{line}");
        }
    }
    let line = listener.line(&post().request(), receipt(false, 0, 1)).await;
    assert_eq!(line["FailedRequests"], 0, "{line}");
    let line = listener.line(&get().request(), Answer::ok(&json!({})).map(Answer::unmeasured)).await;
    assert_eq!(measured(&line), [""; 0], "a health check says nothing about commands and queries");
}

#[tokio::test]
async fn a_time_is_measured_in_milliseconds() {
    let listener = Listener::start(None);
    for (request, metric) in [(get().request(), "QueryTime"), (post().request(), "CommandTime")] {
        let line = listener.line(&request, Answer::ok(&json!({}))).await;
        let micros = line["duration_us"].as_u64().expect("the line has a duration");
        assert_eq!(line[metric], micros / 1_000, "{line}");
    }
}

#[tokio::test]
async fn a_request_that_is_held_is_recorded_after_its_release() {
    let listener = Listener::start(None);
    let request = get().request();
    request.hold_record();
    let mut response = pin!(respond("do-thing", &request, async { Answer::ok(&json!({})) }));
    let is_pending = poll_fn(|context| Poll::Ready(response.as_mut().poll(context).is_pending())).await;
    assert!(is_pending, "the response must wait");
    assert_eq!(listener.text(), "");
    request.release_record();
    response.await;
    assert_eq!(listener.text().lines().count(), 1);
}

/// The values on the span of `request` to `function` that ends with `result`, by the names of their fields.
async fn span_of(function: &'static str, request: Request, result: Result<Answer, ApiError>) -> Value {
    let request = &request;
    let (_, values) = recorded_values(|| respond(function, request, async { result })).await;
    let values = values.into_iter().filter(|value| value.span == "request");
    values.map(|value| (value.field.to_owned(), Value::from(value.value))).collect()
}

#[tokio::test]
async fn a_span_has_the_route_the_store_and_the_result_of_its_request() {
    let route = |request: RequestBuilder, key: &str| request.route(key).request();
    let query = span_of("get-thing", route(get(), "GET /queries/things"), Answer::ok(&json!({}))).await;
    assert_eq!(
        members(&query, ["cqrs.side", "cqrs.destination", "http.route", "http.response.status_code"]),
        json!(["query", "read_store", "/queries/things", "200"])
    );
    let command = span_of("do-thing", route(post(), "POST /commands/things"), receipt(false, 0, 1)).await;
    assert_eq!(
        members(&command, ["cqrs.side", "cqrs.destination", "cqrs.aggregate_version", "error.type"]),
        json!(["command", "event_store", "7", null])
    );
    let health = span_of("health", get().request(), Answer::ok(&json!({}))).await;
    assert_eq!(members(&health, ["cqrs.destination", "http.route"]), json!([null, null]));
}

#[tokio::test]
async fn only_a_failure_of_the_service_marks_the_span() {
    for (problem, status, error) in [
        (Problem::NotFound, "404", Value::Null),
        (Problem::Internal, "500", json!("internal")),
        (Problem::Throttled, "503", json!("throttled")),
    ] {
        let span = span_of("get-thing", get().request(), Err(problem.into())).await;
        assert_eq!(members(&span, ["http.response.status_code", "error.type"]), json!([status, error]));
        assert_eq!(span["otel.status_code"].is_string(), !error.is_null(), "{span}");
    }
}

#[tokio::test]
async fn the_time_of_every_command_and_of_every_query_that_does_not_wait_is_measured() {
    let listener = Listener::start(None);
    for result in [receipt(false, 0, 1), Err(Problem::Stale { actual: 4 }.into())] {
        let line = listener.line(&post().request(), result).await;
        assert!(line["CommandTime"].is_u64() && line.get("QueryTime").is_none(), "{line}");
        assert!(measured(&line).contains(&"CommandTime"), "{line}");
    }
    for (preference, is_measured) in [("wait=5", false), ("wait=0", true), ("respond-async", true)] {
        let query = get().header("prefer", preference).request();
        let line = listener.line(&query, Answer::ok(&json!({}))).await;
        assert_eq!(line["QueryTime"].is_u64(), is_measured, "{preference}: {line}");
    }
}

#[tokio::test]
async fn the_log_line_of_a_failure_has_the_internal_error_with_all_its_sources() {
    let listener = Listener::start(None);
    let failure = ApiError::from_store_error(StoreError::Unavailable("the wire is cut".into()));
    let line = listener.line(&post().request(), Err(failure)).await;
    assert_eq!(members(&line, ["level", "problem", "outcome"]), json!(["ERROR", "internal", "internal"]));
    assert!(line["error"].as_str().expect("the line has an error").ends_with(": the wire is cut"), "{line}");
}

#[tokio::test]
async fn a_response_and_its_commit_have_the_span_of_the_command() {
    let _listener = Listener::start(Some("http://127.0.0.1:1"));
    let (response, recorded) = recorded(post().header("traceparent", CALLER).request()).await;
    let answered = response.headers["traceparent"].to_str().expect("the text is UTF-8");
    assert_eq!(recorded.as_deref(), Some(answered));
    assert_eq!(answered[..36], CALLER[..36], "the response must be in the caller's trace");
    assert_ne!(
        answered[36..52],
        CALLER[36..52],
        "the response must have the span of the command, not the caller's"
    );
    assert!(response.headers.contains_key("x-amzn-trace-id"));
}

#[tokio::test]
async fn without_spans_a_commit_has_the_callers_span_and_a_response_has_none() {
    let _listener = Listener::start(None);
    let (response, recorded) = recorded(post().header("traceparent", CALLER).request()).await;
    assert_eq!(recorded.as_deref(), Some(CALLER));
    assert!(!response.headers.contains_key("traceparent"));
    let (_, recorded) = self::recorded(post().header("traceparent", "00-nonsense").request()).await;
    assert_eq!(recorded, None);
}
