//! The spans of a batch: one for the whole batch, and one for each run of commits that is written to a view.
//!
//! A batch is a trace of its own, because its commits come from many commands and because a failed batch is delivered
//! again. The spans link to the commands that made the commits.

use es_core::{Commit, StreamId, StreamVersion};
use event_stream::{Batch, Delivery};
use http::HeaderMap;
use tracing::field::Empty;
use tracing::{Span, info_span};

use crate::Follower;

const SIDE: &str = "projection";
/// The operation of every projection. The projection's name is the span's destination.
const OPERATION: &str = "project";
/// Where the events of a projection come from.
const SOURCE: &str = "event_stream";

/// The span of `batch`, which is the root of the batch's trace.
///
/// Source: OpenTelemetry semantic conventions, "Messaging spans" (batches) and "`FaaS` spans" (messaging).
pub(crate) fn for_batch<P: Follower>(batch: &Batch) -> Span {
    let first = batch.records.first();
    let span = info_span!(
        "projection.handle_event",
        otel.kind = "consumer",
        otel.status_code = Empty,
        cqrs.side = SIDE,
        cqrs.operation = OPERATION,
        cqrs.source = SOURCE,
        cqrs.destination = P::NAME,
        faas.invocation_id = telemetry::request_id(),
        faas.coldstart = telemetry::is_cold_start(),
        faas.trigger = "pubsub",
        messaging.system = "aws.kinesis",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.destination.name = first.and_then(|record| record.source_arn.rsplit('/').next()),
        messaging.destination.partition.id = first.map(|record| record.shard.as_str()),
        messaging.batch.message_count = i64::try_from(batch.records.len()).unwrap_or(i64::MAX),
    );
    telemetry::continue_trace(&span, &HeaderMap::new());
    span
}

/// Links the current span, which is the batch's, to the commands that made its commits.
pub(crate) fn link_origins(deliveries: &[Delivery<'_>]) {
    link(&Span::current(), deliveries.iter().map(|delivery| &delivery.commit));
}

/// Marks the current span, which is the batch's, as failed: some of its records will be delivered again.
pub(crate) fn failed() {
    Span::current().record("otel.status_code", "error");
}

/// The span for writing `commits` to the view of `stream`, up to `version`. The span is named after the last event of
/// the commits.
pub(crate) fn for_run<'a, P: Follower>(
    stream: &StreamId,
    commits: impl Iterator<Item = &'a Commit> + Clone,
    version: StreamVersion,
) -> Span {
    let last = commits.clone().last().and_then(|commit| commit.events.last());
    let event_type = last.map(|event| event.event_type.as_str());
    let span = info_span!(
        "project",
        otel.name = telemetry::span_name(SIDE, event_type.unwrap_or_default()),
        otel.status_code = Empty,
        cqrs.side = SIDE,
        cqrs.operation = OPERATION,
        cqrs.source = SOURCE,
        cqrs.destination = P::NAME,
        cqrs.event_type = event_type,
        cqrs.aggregate_id = %stream,
        cqrs.aggregate_version = version.get().cast_signed(),
    );
    link(&span, commits);
    span
}

/// Links `span` to the commands that made `commits`, each command once.
fn link<'a>(span: &Span, commits: impl Iterator<Item = &'a Commit>) {
    if span.is_disabled() {
        return;
    }
    let mut origins: Vec<&str> =
        commits.filter_map(|commit| commit.metadata.traceparent.as_deref()).collect();
    origins.sort_unstable();
    origins.dedup();
    for origin in origins {
        telemetry::link(span, origin);
    }
}
