//! An outage of one generation of the query table.

use std::ops::Range;
use std::sync::Mutex;

use view_store::Generation;

/// The time in which the table of one generation does not respond.
#[derive(Debug, Default)]
pub(crate) struct Outage(Mutex<Option<(Generation, Range<u64>)>>);

impl Outage {
    /// Lets the table of `generation` fail in the time `millis`. An earlier plan is dropped.
    pub(crate) fn plan(&self, generation: Generation, millis: Range<u64>) {
        *self.0.lock().unwrap() = Some((generation, millis));
    }

    /// The generation whose table does not respond at the time `millis`.
    pub(crate) fn at(&self, millis: u64) -> Option<Generation> {
        let planned = self.0.lock().unwrap();
        planned.as_ref().filter(|(_, time)| time.contains(&millis)).map(|(generation, _)| *generation)
    }
}
