//! The span of a request: the root of its trace, or a child if the request is part of a batch.

use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::answer::CommandReport;
use crate::{Answer, ApiError, Request};

/// Whether `request` is a query or a command. A request with a safe method (GET, HEAD) is a query.
pub(crate) fn side(request: &Request) -> &'static str {
    if request.gateway.request_context.http.method.is_safe() { "query" } else { "command" }
}

/// The store that `function` uses. A health check uses none.
fn destination(function: &str, side: &str) -> Option<&'static str> {
    match (function, side) {
        ("health", _) => None,
        (_, "query") => Some("read_store"),
        _ => Some("event_store"),
    }
}

/// The span of `function` for `request`. The span continues the trace of the request's headers.
///
/// The span has the path of the URL, because the path only names aggregates. It leaves out the path of a part of a
/// batch, because the caller may choose that path freely. It leaves out the query string, because that may name a user.
pub(crate) fn for_request(function: &'static str, request: &Request) -> Span {
    let side = side(request);
    let is_part = telemetry::traceparent().is_some();
    let (context, http) = (&request.gateway.request_context, &request.gateway.request_context.http);
    let span = info_span!(
        "request",
        otel.name = telemetry::span_name(side, function),
        otel.kind = if is_part { "internal" } else { "server" },
        otel.status_code = Empty,
        cqrs.side = side,
        cqrs.operation = telemetry::operation(function),
        cqrs.source = "http",
        cqrs.destination = destination(function, side),
        cqrs.aggregate_id = Empty,
        cqrs.aggregate_version = Empty,
        faas.invocation_id = request.id(),
        faas.coldstart = telemetry::is_cold_start(),
        faas.trigger = "http",
        http.request.method = http.method.as_str(),
        http.route = context.route_key.as_deref().and_then(route),
        http.response.status_code = Empty,
        url.path = http.path.as_deref().filter(|_| !is_part),
        "error.type" = Empty,
    );
    telemetry::continue_trace(&span, &request.gateway.headers);
    span
}

/// The path in the key of a route such as `POST /commands/things`.
fn route(key: &str) -> Option<&str> {
    key.split_once(' ').map(|(_, path)| path)
}

/// Records the result of the request on `span`. A refused request is the caller's error and not the function's, so only
/// a status of 500 or above marks the span as failed.
pub(crate) fn end(span: &Span, answer: &Answer, failure: Option<&ApiError>) {
    tracing::record_all!(
        span,
        http.response.status_code = i64::from(answer.status()),
        cqrs.aggregate_version =
            answer.command.as_ref().map(|CommandReport { version, .. }| version.get().cast_signed()),
    );
    if let Some(failure) = failure.filter(|_| answer.status() >= 500) {
        span.record("error.type", failure.problem.code());
        span.record("otel.status_code", "error");
    }
}
