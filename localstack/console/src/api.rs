//! The page's API: data as JSON, and server-sent events that announce changes (HTML standard, "Server-sent events").

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::{Value, json};
use stack_base::stop::Stopped;
use stack_dynamodb::Changes;
use stack_telemetry::otlp::{TraceId, TraceStore};
use stack_telemetry::waterfall::Waterfall;
use tokio::sync::watch;

use super::commits::Commits;
use super::item::ConsoleError;
use super::recent::Recent;
use super::views::Views;

/// The data sources of the API's handlers.
pub(super) struct Console {
    pub(super) recent: Recent,
    pub(super) commits: Commits,
    pub(super) views: Views,
    pub(super) traces: TraceStore,
    /// True if the functions send spans.
    pub(super) has_telemetry: bool,
    pub(super) changes: Changes,
    pub(super) stopped: Stopped,
}

/// Response of a handler.
type ApiResult = Result<Json<Value>, ConsoleError>;

/// Lists the streams that changed last, and whether the functions send spans.
pub(super) async fn streams(State(console): State<Arc<Console>>) -> ApiResult {
    let has_telemetry = console.has_telemetry;
    let streams = read_blocking(move || console.recent.list()).await?;
    Ok(Json(json!({ "streams": streams, "has_telemetry": has_telemetry })))
}

/// Returns a stream with its newest commits and its views.
pub(super) async fn stream(State(console): State<Arc<Console>>, Path(stream): Path<String>) -> ApiResult {
    let id = stream.clone();
    let read = move || Ok((console.commits.of_stream(&id)?, console.views.of_stream(&id)?));
    let (commits, views) = read_blocking(read).await?;
    if commits.is_empty() {
        return Err(ConsoleError::NotFound(format!("stream {stream}")));
    }
    Ok(Json(json!({ "id": stream, "commits": commits, "views": views })))
}

/// Returns a trace as a waterfall.
pub(super) async fn trace(State(console): State<Arc<Console>>, Path(trace): Path<String>) -> ApiResult {
    let not_found = || ConsoleError::NotFound(format!("trace {trace}"));
    let id: TraceId = trace.parse().map_err(|_| not_found())?;
    let waterfall = read_blocking(move || Ok(Waterfall::from_trace(&console.traces, id))).await?;
    waterfall.map(|waterfall| Json(json!(waterfall))).ok_or_else(not_found)
}

/// Reads in a blocking task, because the database calls would block the async runtime.
async fn read_blocking<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ConsoleError> + Send + 'static,
) -> Result<T, ConsoleError> {
    tokio::task::spawn_blocking(read).await.unwrap_or(Err(ConsoleError::Stopping))
}

/// Changes within this time are announced as one event.
const PAUSE: Duration = Duration::from_millis(150);
/// Time after which a browser reconnects when it has lost the connection.
const RETRY: Duration = Duration::from_secs(1);

/// Sends an event `changed` immediately and after each change of tables, streams or traces, until the stack stops.
pub(super) async fn changes(
    State(console): State<Arc<Console>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let sources = [Some(console.changes.listen()), console.recent.arrivals(), Some(console.traces.changes())];
    let watched =
        Watched { sources: sources.into_iter().flatten().collect(), stopped: console.stopped.clone() };
    let first = changed().retry(RETRY);
    let events = futures::stream::unfold((watched, Some(first)), |(mut watched, first)| async {
        let event = match first {
            Some(first) => first,
            None => watched.next().await?,
        };
        Some((Ok(event), (watched, None)))
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}

/// The change signals that one page listens to.
struct Watched {
    sources: Vec<watch::Receiver<()>>,
    stopped: Stopped,
}

impl Watched {
    /// Waits for the next change; `None` once the stack stops.
    async fn next(&mut self) -> Option<Event> {
        let waits = self.sources.iter_mut().map(|source| Box::pin(source.changed()));
        tokio::select! {
            (changed, ..) = futures::future::select_all(waits) => changed.ok()?,
            () = self.stopped.wait() => return None,
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = self.stopped.wait() => return None,
        }
        self.sources.iter_mut().for_each(watch::Receiver::mark_unchanged);
        Some(changed())
    }
}

/// Creates the event `changed`. The data is a placeholder: a browser does not dispatch an event without data.
fn changed() -> Event {
    Event::default().event("changed").data("something")
}
