//! Wraps every handler: turns its result into a response, one log line and a span.

use std::error::Error;
use std::future::Future;
use std::time::{Duration, Instant};

use http::header::HeaderName;
use telemetry::{Metric, Metrics};
use tokio::time::timeout;
use tracing::Instrument;

use crate::answer::CommandReport;
use crate::{Answer, ApiError, GatewayResponse, Request, span};

/// Commands by their outcome.
const COMMANDS: Metric = Metric::count("Commands");
/// Queries by their outcome.
const QUERIES: Metric = Metric::count("Queries");
/// Whether the service failed to answer a command or a query: 1 if the status is 500 or above, and otherwise 0.
const FAILED_REQUESTS: Metric = Metric::count("FailedRequests");
/// Appends that other writers won: those of commands that succeeded later, and of commands that gave up as contended. A
/// command that was refused or stale after a conflict is not counted.
const CONFLICTS: Metric = Metric::count("Conflicts");
/// Commands that an earlier request under the same key had already executed.
const IDEMPOTENT_REPLAYS: Metric = Metric::count("IdempotentReplays");
/// Events in new commits.
const EVENTS_APPENDED: Metric = Metric::count("EventsAppended");
/// How long commands take.
const COMMAND_TIME: Metric = Metric::milliseconds("CommandTime");
/// How long queries take. A query whose caller prefers to wait for a view is not measured.
const QUERY_TIME: Metric = Metric::milliseconds("QueryTime");

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The last part of an invocation, in which the response is made and sent. Without it, Lambda would end the function, and
/// API Gateway would answer without a problem, a log line and a metric.
const RESPONSE_TIME: Duration = Duration::from_millis(250);

/// Runs `work` for `request` and returns the response. Work that has not ended [`RESPONSE_TIME`] before the end of the
/// invocation is [cut off](ApiError::cut_off). `function` is the name of the function. Log lines and metrics have
/// the name as `operation`, and the span's name is derived from it. The request is recorded once it is not
/// [held](Request::hold_record).
pub async fn respond<F>(function: &'static str, request: &Request, work: F) -> GatewayResponse
where
    F: Future<Output = Result<Answer, ApiError>>,
{
    telemetry::correlate(request.correlation_id());
    let span = span::for_request(function, request);
    let started = Instant::now();
    let result = match check(request) {
        Ok(()) => {
            let limit = request.time_left().saturating_sub(RESPONSE_TIME);
            let ended = timeout(limit, work.instrument(span.clone())).await;
            ended.unwrap_or_else(|_| Err(ApiError::cut_off()))
        }
        Err(failure) => Err(failure),
    };
    request.record_released().await;
    let duration_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        let (answer, failure) = match result {
            Ok(answer) => (answer, None),
            Err(failure) => {
                (Answer::problem(&failure.problem, request.api.problem_types, request.id()), Some(failure))
            }
        };
        span::end(&span, &answer, failure.as_ref());
        let metrics = metrics(function, request, &answer, failure.as_ref(), duration_us / 1000);
        log(&metrics, &answer, failure.as_ref(), duration_us);
        answer.with(CORRELATION_ID, request.correlation_id()).traced().into()
    })
}

/// Checks the parts of a request that its handler does not read: the correlation id, and the query string of a command.
/// A command has no query parameters, so every parameter is unknown.
fn check(request: &Request) -> Result<(), ApiError> {
    request.given_correlation_id()?;
    if span::side(request) == "command" { request.query()?.end() } else { Ok(()) }
}

/// Writes the one log line of a request. It has the cause of a failure, which the client does not get.
fn log(metrics: &Metrics, answer: &Answer, failure: Option<&ApiError>, duration_us: u64) {
    let (metrics, status) = (metrics.field(), answer.status());
    if let Some((failure, cause)) = failure.and_then(|failure| Some((failure, failure.cause.as_deref()?))) {
        let (problem, error) = (failure.problem.code(), cause as &(dyn Error + 'static));
        tracing::error!(metrics, status, duration_us, problem, error, "failed");
    } else {
        tracing::info!(metrics, status, duration_us, "answered");
    }
}

/// The metrics of a request: its outcome, whether it failed, its duration, and the counts of a command.
fn metrics(
    operation: &'static str,
    request: &Request,
    answer: &Answer,
    failure: Option<&ApiError>,
    duration_ms: u64,
) -> Metrics {
    let metrics = Metrics::for_operation(operation);
    if !answer.is_measured {
        return metrics;
    }
    let metrics = metrics.failed(FAILED_REQUESTS, answer.status() >= 500);
    let problem = failure.map(|failure| failure.problem.code());
    if span::side(request) == "query" {
        let metrics = metrics.outcome(QUERIES, problem.unwrap_or("answered"));
        let waits = request.wait().is_ok_and(|wait| !wait.is_zero());
        return if waits { metrics } else { metrics.samples(QUERY_TIME, &[duration_ms]) };
    }
    let outcome = match (problem, answer.command) {
        (Some(problem), _) => problem,
        (None, Some(CommandReport { replayed: true, .. })) => "replayed",
        (None, _) => "accepted",
    };
    let metrics = metrics.outcome(COMMANDS, outcome).samples(COMMAND_TIME, &[duration_ms]);
    let Some(CommandReport { replayed, conflicts, appended, .. }) = answer.command else {
        let conflicts = failure.map_or(0, |failure| failure.conflicts);
        return if conflicts > 0 { metrics.count(CONFLICTS, conflicts) } else { metrics };
    };
    metrics
        .count(IDEMPOTENT_REPLAYS, replayed.into())
        .count(CONFLICTS, conflicts)
        .count(EVENTS_APPENDED, appended)
}
