//! What an execution tells those who trace it. `tracing` is a facade: without a subscriber, nothing happens here.

use tracing::{Span, field, info_span};

use crate::{Decider, Execution, History, StreamId};

/// Tells the span around an execution which aggregate it is about.
pub(crate) fn concerns(stream: &StreamId) {
    Span::current().record("cqrs.aggregate_id", field::display(stream));
}

/// The domain's decision, in a span of its own: with the version that it is made at.
pub(crate) fn decide<D: Decider>(
    history: &History<D>,
    execution: &Execution<D::Command>,
) -> Result<Vec<D::Event>, D::Error> {
    let version = history.version().get().cast_signed();
    let span = info_span!("decide", cqrs.aggregate_id = %execution.stream, cqrs.aggregate_version = version);
    span.in_scope(|| D::decide(history.state(), execution.command.clone()))
}
