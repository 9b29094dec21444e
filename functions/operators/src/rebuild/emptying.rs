//! Deletes the items of a generation before it is built again.

use es_core::WriteError;
use tokio::time::{Instant, timeout_at};
use view_store::{EmptiedTable, Generations, Stage};

use crate::pace::Pace;
use crate::rebuild::{GenerationSwitch, SwitchError};

/// How many deletions count as one commit for the speed limit. A commit writes about 40 units, see the parameter
/// `RebuildCommitsPerSecond` in template.yaml. A deletion writes 1 to 4: that of the item, and of its entries in the
/// indexes.
const DELETIONS_OF_A_COMMIT: u64 = 10;

/// Why a generation is not emptied.
#[derive(Debug, thiserror::Error)]
pub enum EmptyError {
    /// The switch could not be read, or it was changed meanwhile ([`SwitchError::Taken`]).
    #[error(transparent)]
    Switch(#[from] SwitchError),
    /// The items could not be deleted.
    #[error("the items of the generation cannot be deleted")]
    Undeleted(#[from] WriteError),
}

/// Deletes the items of `table` until `deadline`. Returns whether the table is empty.
///
/// The work goes on only while the switch is in the state `emptied`, so an invocation that outlives its time deletes
/// nothing of a generation that is in use again.
///
/// # Errors
/// [`EmptyError`]. Its variants name the causes.
pub(crate) async fn empty(
    table: &EmptiedTable,
    switch: &GenerationSwitch,
    emptied: &Generations,
    pace: &Pace,
    deadline: Instant,
) -> Result<bool, EmptyError> {
    let mut after = None;
    while Instant::now() < deadline {
        let now = switch.load().await?;
        if (now.since, now.stage()) != (emptied.since, Some(Stage::Emptying)) {
            return Err(SwitchError::Taken.into());
        }
        let deletion = async {
            let deleted = table.page(after.take()).await?;
            pace.take(deleted.deleted.div_ceil(DELETIONS_OF_A_COMMIT)).await;
            Ok::<_, WriteError>(deleted.next)
        };
        let Ok(next) = timeout_at(deadline, deletion).await else { break };
        after = next?;
        if after.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
