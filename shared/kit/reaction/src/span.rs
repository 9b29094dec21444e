//! The span of an event. It is a trace of its own, because the bus can deliver an event several times. It links to the
//! command that made the event.

use es_core::StreamVersion;
use event_bus::PublishedEvent;
use http::HeaderMap;
use tracing::field::{Empty, display};
use tracing::{Span, info_span};

const SIDE: &str = "reaction";

/// The span of an invocation of the reaction `name`, which is the root of its trace.
///
/// Source: OpenTelemetry semantic conventions, "Messaging spans" and "`FaaS` spans" (messaging).
pub(crate) fn for_event(name: &'static str) -> Span {
    let span = info_span!(
        "reaction",
        otel.name = telemetry::span_name(SIDE, name),
        otel.kind = "consumer",
        otel.status_code = Empty,
        cqrs.side = SIDE,
        cqrs.operation = telemetry::operation(name),
        cqrs.source = "event_bus",
        cqrs.destination = "event_store",
        cqrs.event_type = Empty,
        cqrs.aggregate_id = Empty,
        cqrs.aggregate_version = Empty,
        faas.invocation_id = telemetry::request_id(),
        faas.coldstart = telemetry::is_cold_start(),
        faas.trigger = "pubsub",
        messaging.system = "aws.eventbridge",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.message.id = Empty,
    );
    telemetry::continue_trace(&span, &HeaderMap::new());
    span
}

/// Records on the current span which event arrived, and links the span to the command that made the event.
pub(crate) fn received(event: &PublishedEvent) {
    let span = Span::current();
    span.record("cqrs.event_type", event.event_type.as_str());
    span.record("messaging.message.id", display(event.id));
    if let Some(origin) = &event.traceparent {
        telemetry::link(&span, origin);
    }
}

/// Records on `span` the version of the changed stream. Executing the command has recorded the stream's id.
pub(crate) fn executed(span: &Span, version: StreamVersion) {
    span.record("cqrs.aggregate_version", version.get().cast_signed());
}

/// Marks `span` as failed.
pub(crate) fn failed(span: &Span) {
    span.record("otel.status_code", "error");
}
