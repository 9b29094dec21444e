//! Waiting for a projection, within bounds.

use std::time::Duration;

use es_core::StreamVersion;
use http_api::Failure;
use read_store::{DynamoOrderViews, OrderView};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// The first pause between two reads; a projection is usually done within it.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// The longest pause: a caller who waits 20 seconds costs about 45 reads.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The view of `order` as soon as it has reached `wanted`, or as it is after `patience`.
///
/// # Errors
/// The table's, at the first read that fails.
pub(crate) async fn until(
    views: &DynamoOrderViews,
    order: Uuid,
    wanted: StreamVersion,
    patience: Duration,
) -> Result<Option<OrderView>, Failure> {
    let end = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        let view = views.get(order).await.map_err(Failure::of_store)?;
        let reached = view.as_ref().map_or(StreamVersion::NONE, |view| view.version) >= wanted;
        let left = end.saturating_duration_since(Instant::now());
        if reached || left.is_zero() {
            return Ok(view);
        }
        sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
