//! What the page asks for, in JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::commits::Commits;
use super::error::ConsoleError;
use super::recent::Recent;
use super::views::Views;
use stack_base::stop::Stopped;
use stack_dynamodb::Changes;
use stack_telemetry::otlp::{TraceId, TraceStore};
use stack_telemetry::waterfall::Waterfall;

/// What the console shows.
pub(super) struct Console {
    pub(super) recent: Recent,
    pub(super) commits: Commits,
    pub(super) views: Views,
    pub(super) traces: TraceStore,
    /// Whether the functions send spans.
    pub(super) has_telemetry: bool,
    pub(super) changes: Changes,
    pub(super) stopped: Stopped,
}

/// What an answer is, or why there is none.
type Answer = Result<Json<Value>, ConsoleError>;

/// The streams that changed last, and whether there are traces of them.
pub(super) async fn streams(State(console): State<Arc<Console>>) -> Answer {
    let has_telemetry = console.has_telemetry;
    let streams = aside(move || console.recent.list()).await?;
    Ok(Json(json!({ "streams": streams, "has_telemetry": has_telemetry })))
}

/// A stream with its last commits and its views.
pub(super) async fn stream(State(console): State<Arc<Console>>, Path(stream): Path<String>) -> Answer {
    let id = stream.clone();
    let read = move || Ok((console.commits.of_stream(&id)?, console.views.of_stream(&id)?));
    let (commits, views) = aside(read).await?;
    if commits.is_empty() {
        return Err(ConsoleError::NotFound(format!("stream {stream}")));
    }
    Ok(Json(json!({ "id": stream, "commits": commits, "views": views })))
}

/// A trace as a waterfall.
pub(super) async fn trace(State(console): State<Arc<Console>>, Path(trace): Path<String>) -> Answer {
    let not_found = || ConsoleError::NotFound(format!("trace {trace}"));
    let id: TraceId = trace.parse().map_err(|_| not_found())?;
    let waterfall = aside(move || Ok(Waterfall::of_trace(&console.traces, id))).await?;
    waterfall.map(|waterfall| Json(json!(waterfall))).ok_or_else(not_found)
}

/// Reads where it holds up nothing else.
async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ConsoleError> + Send + 'static,
) -> Result<T, ConsoleError> {
    tokio::task::spawn_blocking(read).await.unwrap_or(Err(ConsoleError::Stopping))
}
