//! The items of the event table that an operator has damaged by hand.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

/// The damaged items with their sound content, and the streams that ever had a damaged item.
#[derive(Debug, Default)]
pub(crate) struct Corruption(Mutex<CorruptionState>);

#[derive(Debug, Default)]
struct CorruptionState {
    /// The sound items, in DynamoDB's JSON.
    sound_items: Vec<Value>,
    streams: BTreeSet<String>,
}

impl Corruption {
    /// Records that the item `sound` is damaged now.
    pub(crate) fn record(&self, sound: Value) {
        let mut state = self.0.lock().unwrap();
        state.streams.insert(sound["pk"]["S"].as_str().unwrap().to_owned());
        state.sound_items.push(sound);
    }

    /// Takes the sound items, because the damaged ones are repaired now.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap().sound_items)
    }

    /// Whether `stream` has or had a damaged item.
    pub(crate) fn has_touched(&self, stream: &str) -> bool {
        self.0.lock().unwrap().streams.contains(stream)
    }
}
