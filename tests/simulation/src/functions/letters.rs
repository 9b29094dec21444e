//! The dead-letter queue of a system in which nothing is ever unreadable.

use std::sync::Arc;

use projection::{DeadLetter, DeadLetterQueue, Undelivered};

use crate::world::World;

/// Takes every letter for a violation: all that is delivered here was written by the system itself.
#[derive(Clone)]
pub(crate) struct Letters(pub(crate) Arc<World>);

impl DeadLetterQueue for Letters {
    async fn send(&self, letter: &DeadLetter<'_>) -> Result<(), Undelivered> {
        self.0.violated(format!("{} put a sound record aside: {}", letter.function, letter.error));
        Ok(())
    }
}
