//! The change stream: from the event table's writes to the batches of the projection functions.

mod intake;
mod mapping;
mod shards;

use std::sync::Mutex;

use serde_json::Value;

use crate::world::{Function, Notifier, Random};
use shards::Shards;

pub(crate) use intake::record_change;
pub(crate) use mapping::{follow, redrive, redrive_letters};

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

    /// Keeps a record that `function` has sent to its dead-letter queue.
    pub(crate) fn keep_letter(&self, function: Function, record: Vec<Value>) {
        self.shards.lock().unwrap().letters.push((function, record));
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
