//! Handles one event: reads it, calls the reaction, executes the command, and writes one log line.

use std::error::Error;
use std::time::Duration;

use es_core::{
    Clock, Decider, EventAppender, EventReader, Execution, ExecutionError, Metadata, Outcome, RequestHash,
    StreamId, Timestamp, execute_in_time,
};
use serde::Serialize;
use serde_json::Value;
use telemetry::{Metric, Metrics};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::received::Origin;
use crate::{Consequence, Reaction, ReactionError, Received, span};

/// Events that reached a reaction, by their outcome.
const REACTIONS: Metric = Metric::count("Reactions");

/// What a reaction did with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reacted {
    /// The command was executed and made a commit.
    Executed,
    /// An earlier delivery of the event had executed the command.
    Replayed,
    /// The command changed nothing, because the aggregate already was in the requested state.
    Unchanged,
    /// No command follows from the event.
    Ignored,
}

impl Reacted {
    const fn name(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::Replayed => "replayed",
            Self::Unchanged => "unchanged",
            Self::Ignored => "ignored",
        }
    }

    fn from_outcome<S>(outcome: &Outcome<S>) -> Self {
        match outcome {
            Outcome { replayed: true, .. } => Self::Replayed,
            Outcome { changed: false, .. } => Self::Unchanged,
            Outcome { .. } => Self::Executed,
        }
    }
}

/// Handles `payload`, an event as `EventBridge` passes it to a function, with the reaction `R`. The event's command is
/// executed on `store` at most once, as [`Consequence`] explains. After a conflict with another writer, a further attempt
/// must begin before `end`.
///
/// # Errors
/// [`ReactionError`]. No error leaves a partial write behind, so the event can be handled again.
pub async fn handle<R, S>(
    store: &S,
    payload: Value,
    clock: &dyn Clock,
    end: Instant,
) -> Result<Reacted, ReactionError>
where
    R: Reaction,
    S: EventReader + EventAppender,
{
    let span = span::for_event(R::NAME);
    let work = react::<R, S>(store, payload, clock.now(), end);
    // The future is large, and the frames of its callers would move it several times.
    let result = Box::pin(work.instrument(span.clone())).await;
    span.in_scope(|| match &result {
        Ok(reacted) => {
            let metrics = Metrics::for_operation(R::NAME).outcome(REACTIONS, reacted.name());
            tracing::info!(metrics = metrics.field(), "reacted");
        }
        Err(error) => {
            let metrics = Metrics::for_operation(R::NAME).outcome(REACTIONS, "failed");
            let (metrics, error) = (metrics.field(), error as &(dyn Error + 'static));
            tracing::error!(metrics, error, "the event is not handled");
            span::failed(&span);
        }
    });
    result
}

async fn react<R: Reaction, S: EventReader + EventAppender>(
    store: &S,
    payload: Value,
    now: Timestamp,
    end: Instant,
) -> Result<Reacted, ReactionError> {
    let (event, origin) = Received::<R::Event>::from_payload(payload)?;
    let Some(Consequence { stream, command, expectation }) = R::react(&event) else {
        return Ok(Reacted::Ignored);
    };
    let metadata = metadata::<R>(&event, origin, now);
    let execution = Execution { stream: stream.clone(), command, expectation, metadata };
    let has_time = |pause: Duration| Instant::now() + pause < end;
    let outcome = execute_in_time::<R::Target, S>(store, execution, has_time).await;
    let outcome = outcome.map_err(|error| failure::<R::Target>(stream, error))?;
    span::executed(&Span::current(), outcome.version);
    Ok(Reacted::from_outcome(&outcome))
}

/// The metadata of the commit that follows from `event`. The key and the hash of the request depend on the event's id
/// only. A release in which another command follows from the event therefore still recognizes the commit of an earlier
/// release.
fn metadata<R: Reaction>(event: &Received<R::Event>, origin: Origin, now: Timestamp) -> Metadata {
    Metadata {
        occurred_at: now,
        actor: R::NAME.to_owned(),
        key: event.key(),
        request_hash: RequestHash::from_request(R::NAME, &Value::from(event.id.to_string())),
        traceparent: telemetry::traceparent().or(origin.traceparent),
        correlation_id: origin.correlation_id,
        causation_id: event.id.to_string(),
    }
}

fn failure<D: Decider<Error: Error + Send + Sync + 'static>>(
    stream: StreamId,
    error: ExecutionError<D::Error>,
) -> ReactionError {
    match error {
        ExecutionError::Refused(rule) => ReactionError::Refused { stream, source: Box::new(rule) },
        other => ReactionError::Failed { stream, source: other.into() },
    }
}
