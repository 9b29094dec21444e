//! Publishes events again, without a look at the checkpoints.

use es_core::Commit;
use event_bus::Replay;

use crate::sending::{Sequence, send_all};
use crate::{Envelope, EventBus, PutError};

/// Publishes the events of `commits` again, in their order, and marks them with `replay`. No checkpoint moves. Returns
/// the number of events.
///
/// # Errors
/// [`PutError`] if the bus did not accept all events. It may have accepted some of them.
pub async fn publish_again(
    bus: &impl EventBus,
    envelope: &Envelope,
    commits: &[Commit],
    replay: &Replay,
) -> Result<u64, PutError> {
    let entries: Vec<_> = commits.iter().flat_map(|commit| envelope.entries(commit, Some(replay))).collect();
    let mut sequences = [Sequence::new(entries)];
    send_all(bus, &mut sequences).await;
    let [sequence] = sequences;
    let published = sequence.accepted() as u64;
    sequence.failure().map_or(Ok(published), Err)
}
