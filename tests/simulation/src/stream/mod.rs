//! The change stream: from the event table's writes to the batches of the projection functions.

mod filters;
mod intake;
mod mapping;
mod reading;
mod shards;

use std::sync::Mutex;

use event_stream::RecordRange;
use serde_json::Value;

use crate::world::{Notifier, Random};
use shards::Shards;

pub(crate) use intake::record_change;
pub(crate) use mapping::{follow, function_arn};
pub(crate) use reading::RetainedRecords;

/// The stream and the positions of its readers.
#[derive(Debug)]
pub(crate) struct Stream {
    shards: Mutex<Shards>,
    changes: Notifier,
}

impl Stream {
    pub(crate) fn new(random: &Random) -> Self {
        Self { shards: Mutex::new(Shards::random(random)), changes: Notifier::default() }
    }

    /// Waits until every function has read all records.
    pub(crate) async fn all_read(&self) {
        self.until(|shards| shards.are_read().then_some(())).await;
    }

    /// Trims the records that every function has read.
    pub(crate) fn trim(&self) {
        self.shards.lock().unwrap().trim();
    }

    /// The records of `range`; `None` if the stream no longer retains the first of them.
    pub(crate) fn retained(&self, range: &RecordRange) -> Option<Vec<Value>> {
        let shards = self.shards.lock().unwrap();
        shards.retains(range).then(|| shards.records(range))
    }

    /// The records of `range`, even if the stream no longer retains them. Checks use it.
    pub(crate) fn records(&self, range: &RecordRange) -> Vec<Value> {
        self.shards.lock().unwrap().records(range)
    }

    /// Changes the shards with `work` and wakes the waiting tasks.
    fn with<T>(&self, work: impl FnOnce(&mut Shards) -> T) -> T {
        let result = work(&mut self.shards.lock().unwrap());
        self.changes.notify();
        result
    }

    /// Waits until `look` returns a value for the shards.
    async fn until<T>(&self, mut look: impl FnMut(&mut Shards) -> Option<T>) -> T {
        self.changes.until(|| look(&mut self.shards.lock().unwrap())).await
    }
}
