//! The promises about the sequence of writes. They must hold after every write, because a function can die after any of
//! them.

use super::event_table::Violation;
use super::{histories, publishing, replaying};
use crate::aws::DynamoRequest;
use crate::world::World;

/// Checks these promises after the successful `call`.
pub(crate) fn after_write(world: &World, call: &DynamoRequest) -> Result<(), Violation> {
    replaying::changes_no_table(call)?;
    histories::have_no_gap(world, call)?;
    publishing::checkpoint_is_published(world, call)
}
