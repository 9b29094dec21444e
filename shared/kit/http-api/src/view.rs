//! Responses with one view: the view's version and body make the entity tag, and a request can wait until the
//! projection has reached a version.

use std::time::Duration;

use es_core::{StreamVersion, Versioned};
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tracing::Span;

use crate::{Answer, ApiError, Problem, Request, ViewTag};

/// The first pause between two reads. A projection has usually finished within this time.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// The longest pause between two reads. A request that waits for 20 seconds costs about 45 reads.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Responds with the view that `read` returns, or with 404.
///
/// The query parameter `min_version` asks for a version, and `Prefer: wait` makes the request wait for that version, as
/// long as [`Api::waits`](crate::Api) grants. `Preference-Applied` tells the granted seconds, also if there is no view
/// yet. If the view has not reached the version by then, the response has the current view and a `Retry-After` header. If
/// the view has reached the version and `If-None-Match` matches the view's tag, the response is 304.
///
/// # Errors
/// The first error of `read`; [`Problem::NotThereYet`] and [`Problem::NotFound`] if there is no view;
/// [`Problem::Malformed`] if a parameter or a header cannot be read.
pub async fn answer_view<V, R>(request: &Request, read: R) -> Result<Answer, ApiError>
where
    V: Versioned + Serialize,
    R: AsyncFn() -> Result<Option<V>, ApiError>,
{
    let mut query = request.query()?;
    let wanted = query.take_number("min_version", "must be a whole number of 0 or more")?;
    let wanted = StreamVersion::new(wanted.unwrap_or_default());
    query.end()?;
    let (preferred, copies) = (request.wait()?, request.copies()?);
    let waits = &request.api.waits;
    // Every view has version 0, so nothing waits for it.
    let granted = if wanted == StreamVersion::NONE { Duration::ZERO } else { waits.granted(preferred) };
    let (view, has_waited) = until(wanted, granted, read).await?;
    if let Some(view) = &view {
        Span::current().record("cqrs.aggregate_version", view.version().get().cast_signed());
    }
    let late = view.as_ref().is_none_or(|view| view.version() < wanted);
    if has_waited {
        waits.note(!late);
    }
    match view {
        None if wanted > StreamVersion::NONE => Err(Problem::NotThereYet { granted }.into()),
        None => Err(Problem::NotFound.into()),
        Some(view) => {
            let has_copy = |tag: &ViewTag| !late && copies.is_some_and(|copies| copies.contain(tag));
            let answer = Answer::view(&view, view.version(), has_copy)?.waited_up_to(granted);
            Ok(if late { answer.retry_after(1) } else { answer })
        }
    }
}

/// Reads until the view has reached `wanted` or `longest` has passed. Returns the last result of `read`, and whether the
/// request has waited: it paused, or a wait of `longest` has passed in vain.
async fn until<V, R>(wanted: StreamVersion, longest: Duration, read: R) -> Result<(Option<V>, bool), ApiError>
where
    V: Versioned,
    R: AsyncFn() -> Result<Option<V>, ApiError>,
{
    let end = Instant::now() + longest;
    let (mut pause, mut has_waited) = (FIRST_PAUSE, false);
    loop {
        let view = read().await?;
        let reached = view.as_ref().map_or(StreamVersion::NONE, Versioned::version) >= wanted;
        let left = end.saturating_duration_since(Instant::now());
        if reached || left.is_zero() {
            return Ok((view, has_waited || !reached && !longest.is_zero()));
        }
        sleep(pause.min(left)).await;
        has_waited = true;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
