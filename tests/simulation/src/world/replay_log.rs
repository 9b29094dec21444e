//! The replays that operators have finished.

use std::ops::Range;
use std::sync::Mutex;

use operators::republish::RepublishRequest;

/// A request to publish events again, from its first invocation to the end of its last one.
#[derive(Debug, Clone)]
pub(crate) struct Replay {
    pub(crate) request: RepublishRequest,
    /// The position of the commit log at the beginning. The replay must have the commits before it.
    pub(crate) commits: usize,
    /// The positions on the bus at the beginning and at the end.
    pub(crate) published: Range<usize>,
}

/// The finished replays.
#[derive(Debug, Default)]
pub(crate) struct ReplayLog(Mutex<Vec<Replay>>);

impl ReplayLog {
    /// Records that `replay` is finished.
    pub(crate) fn record(&self, replay: Replay) {
        self.0.lock().unwrap().push(replay);
    }

    /// All finished replays.
    pub(crate) fn replays(&self) -> Vec<Replay> {
        self.0.lock().unwrap().clone()
    }
}
