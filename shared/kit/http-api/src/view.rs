//! Answering one view: with its version as its entity tag, and, where the caller asks for a version, as soon as the
//! projection has reached it.

use std::time::Duration;

use es_core::{StreamVersion, Versioned};
use serde::Serialize;
use tokio::time::{Instant, sleep};
use tracing::Span;

use crate::{Answer, ETag, Failure, Problem, Request};

/// The first pause between two reads; a projection is usually done within it.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// The longest pause: a caller who waits 20 seconds costs about 45 reads.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Answers the view that `read` finds, or 404.
///
/// The query parameter `min_version` asks for a version and `Prefer: wait` to wait for it. Where it has not come by
/// then, the answer is what there is and, in `Retry-After`, when to ask again. `If-None-Match` is answered 304 where the
/// caller has what there is.
///
/// # Errors
/// That of `read` at the first time it fails; [`Problem::NotThereYet`], [`Problem::NotFound`]; [`Problem::Malformed`]
/// where a parameter cannot be read.
pub async fn answer_view<V, R>(request: &Request, read: R) -> Result<Answer, Failure>
where
    V: Versioned + Serialize,
    R: AsyncFn() -> Result<Option<V>, Failure>,
{
    let mut query = request.query()?;
    let wanted = StreamVersion::new(query.take("min_version")?.unwrap_or_default());
    query.end()?;
    let view = until(wanted, request.wait(), read).await?;
    if let Some(view) = &view {
        Span::current().record("cqrs.aggregate_version", view.version().get().cast_signed());
    }
    let late = view.as_ref().is_none_or(|view| view.version() < wanted);
    match view {
        None if wanted > StreamVersion::NONE => Err(Problem::NotThereYet.into()),
        None => Err(Problem::NotFound.into()),
        Some(view) if !late && request.has(ETag(view.version())) => {
            Ok(Answer::not_modified().tagged(view.version()))
        }
        Some(view) => {
            let answer = Answer::ok(&view)?.tagged(view.version());
            Ok(if late { answer.retry_after(1) } else { answer })
        }
    }
}

/// What `read` finds as soon as it has reached `wanted`, or what it finds after `patience`.
async fn until<V, R>(wanted: StreamVersion, patience: Duration, read: R) -> Result<Option<V>, Failure>
where
    V: Versioned,
    R: AsyncFn() -> Result<Option<V>, Failure>,
{
    let end = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let view = read().await?;
        let reached = view.as_ref().map_or(StreamVersion::NONE, Versioned::version) >= wanted;
        let left = end.saturating_duration_since(Instant::now());
        if reached || left.is_zero() {
            return Ok(view);
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
