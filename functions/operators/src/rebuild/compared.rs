//! What a comparison of the generations compares.

use serde::{Deserialize, Serialize};
use view_store::{Generation, Generations, MissedCounts};

/// What a comparison compares: the generations of one run, as they were when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// The generation that is not live. The differences call it the built one.
    pub generation: Generation,
    /// The number of the run of the rebuild.
    pub run: u64,
    /// How many streams each generation had missed.
    pub missed: MissedCounts,
}

impl Compared {
    /// Whether the comparison is of the state `generations`, apart from what was missed since.
    pub(crate) fn is_of(&self, generations: &Generations) -> bool {
        (self.generation, self.run) == (generations.other(), generations.run)
    }
}
