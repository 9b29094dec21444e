//! The page's API: data as JSON, the redrive of dead letters, the rates of faults, and server-sent events that announce
//! changes (HTML standard, "Server-sent events").

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde_json::{Value, json};
use stack_base::chaos::Chaos;
use stack_base::stop::Stopped;
use stack_dynamodb::Changes;
use stack_events::EventLog;
use stack_telemetry::otlp::{TraceId, TraceStore};
use stack_telemetry::waterfall::Waterfall;
use tokio::sync::watch;

use super::commits::{Commit, Commits};
use super::dead_letters::{DeadLetters, QueueLetters, Redriven};
use super::faults::{FaultsChange, FaultsView};
use super::headline::Headline;
use super::item::ConsoleError;
use super::map::{Map, MapView};
use super::published::{EventFilter, EventsView};
use super::recent::{Filter, Found, Recent, StreamSummary};
use super::views::{self, Views};

/// Maximum number of streams or events in a list.
const LISTED: usize = 50;

/// The data sources of the API's handlers.
pub(super) struct Console {
    pub(super) recent: Recent,
    pub(super) commits: Commits,
    pub(super) views: Views,
    pub(super) map: Map,
    pub(super) events: EventLog,
    pub(super) dead_letters: DeadLetters,
    pub(super) chaos: Chaos,
    /// The command that fills an empty stack.
    pub(super) first_command: String,
    pub(super) traces: TraceStore,
    /// True if the functions send spans.
    pub(super) has_telemetry: bool,
    pub(super) changes: Changes,
    pub(super) stopped: Stopped,
}

/// Response of a handler.
type ApiResult = Result<Json<Value>, ConsoleError>;

/// Lists the streams that a filter selects, last changed first, with the values that a filter can have.
pub(super) async fn streams(State(console): State<Arc<Console>>, Query(filter): Query<Filter>) -> ApiResult {
    read_blocking(move || {
        let Found { mut streams, mut matching, filters } = console.recent.find(&filter, LISTED)?;
        if let (0, Some(id)) = (matching, &filter.search) {
            streams.extend(console.stream_of_id(id)?);
            matching = streams.len();
        }
        let rows = streams.into_iter().map(|summary| console.row(summary)).collect::<Result<Vec<_>, _>>()?;
        let Console { has_telemetry, first_command, .. } = &*console;
        Ok(Json(json!({
            "streams": rows,
            "matching": matching,
            "filters": filters,
            "has_telemetry": has_telemetry,
            "first_command": first_command,
        })))
    })
    .await
}

impl Console {
    /// The stream with an id, which is in the event table but may have changed too long ago for the list.
    fn stream_of_id(&self, id: &str) -> Result<Option<StreamSummary>, ConsoleError> {
        let commits = self.commits.of_stream(id.trim())?;
        Ok(commits.first().map(StreamSummary::from_commit))
    }

    /// Completes a summary with the stream's views: its headline, and how many versions the slowest view is behind.
    fn row(&self, mut summary: StreamSummary) -> Result<Value, ConsoleError> {
        let found = self.views.of_stream(&summary.id)?;
        let slowest = found.iter().map(|view| view.version).min();
        let behind = slowest.map(|slowest| summary.version.saturating_sub(slowest));
        summary.headline = views::headline(&found).or(summary.headline);
        let mut row = json!(summary);
        row["behind"] = json!(behind);
        Ok(row)
    }
}

/// Returns the map of the template with its counts.
pub(super) async fn map(State(console): State<Arc<Console>>) -> Result<Json<MapView>, ConsoleError> {
    read_blocking(move || console.map.now()).await.map(Json)
}

/// Lists the published events that a filter selects, newest first, with the counts of the buses.
pub(super) async fn events(
    State(console): State<Arc<Console>>,
    Query(filter): Query<EventFilter>,
) -> Json<EventsView> {
    Json(EventsView::read(&console.events, &filter, LISTED))
}

/// Lists the messages in the queues.
pub(super) async fn dead_letters(
    State(console): State<Arc<Console>>,
) -> Result<Json<Vec<QueueLetters>>, ConsoleError> {
    read_blocking(move || console.dead_letters.list()).await.map(Json)
}

/// Processes what a message is about again. The redrive continues if the page is closed.
pub(super) async fn redrive(
    State(console): State<Arc<Console>>,
    Path((queue, id)): Path<(String, String)>,
) -> Result<Json<Redriven>, ConsoleError> {
    let dead_letters = console.dead_letters.clone();
    let redrive = tokio::spawn(async move { dead_letters.redrive(&queue, &id).await });
    redrive.await.unwrap_or(Err(ConsoleError::Stopping)).map(Json)
}

/// Lists the faults with their rates.
pub(super) async fn faults(State(console): State<Arc<Console>>) -> Json<FaultsView> {
    Json(FaultsView::new(&console.chaos))
}

/// Changes the rates of faults.
pub(super) async fn change_faults(
    State(console): State<Arc<Console>>,
    Json(change): Json<FaultsChange>,
) -> Result<Json<FaultsView>, ConsoleError> {
    change.apply(&console.chaos)?;
    Ok(Json(FaultsView::new(&console.chaos)))
}

/// Returns a stream with its newest commits and its views.
pub(super) async fn stream(State(console): State<Arc<Console>>, Path(stream): Path<String>) -> ApiResult {
    let id = stream.clone();
    let read = move || Ok((console.commits.of_stream(&id)?, console.views.of_stream(&id)?));
    let (commits, views) = read_blocking(read).await?;
    if commits.is_empty() {
        return Err(ConsoleError::NotFound(format!("stream {stream}")));
    }
    // The newest commit comes first.
    let in_events = commits.iter().map(Commit::headline).fold(Headline::default(), Headline::or);
    let headline = views::headline(&views).or(in_events);
    Ok(Json(json!({ "id": stream, "headline": headline, "commits": commits, "views": views })))
}

/// Returns a trace as a waterfall, or null while none of its spans has arrived.
pub(super) async fn trace(State(console): State<Arc<Console>>, Path(trace): Path<String>) -> ApiResult {
    let id: TraceId = trace.parse().map_err(|_| ConsoleError::NotFound(format!("trace {trace}")))?;
    read_blocking(move || Ok(Json(json!(Waterfall::from_trace(&console.traces, id))))).await
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

/// Sends an event `changed` immediately and after each change of tables, streams, traces or event buses, until the
/// stack stops.
pub(super) async fn changes(
    State(console): State<Arc<Console>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let of_streams = [Some(console.changes.listen()), console.recent.arrivals()];
    let sources =
        of_streams.into_iter().chain([Some(console.traces.changes()), Some(console.events.changes())]);
    let watched = Watched { sources: sources.flatten().collect(), stopped: console.stopped.clone() };
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
