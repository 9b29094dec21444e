//! Telling the page that there is something new: server-sent events (HTML standard, "Server-sent events").

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use tokio::sync::watch;

use super::api::Console;
use stack_base::stop::Stopped;

/// Changes within this time are told as one.
const PAUSE: Duration = Duration::from_millis(150);
/// What wakes a browser up once it has lost the connection.
const RETRY: Duration = Duration::from_secs(1);

/// An event `changed` at once and whenever tables, streams or traces have changed, until the stack stops.
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

/// What a page is told about.
struct Watched {
    sources: Vec<watch::Receiver<()>>,
    stopped: Stopped,
}

impl Watched {
    /// The next event; none once the stack stops.
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

/// An event without data is not dispatched.
fn changed() -> Event {
    Event::default().event("changed").data("something")
}
