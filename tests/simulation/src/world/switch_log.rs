//! The states that the switch of the generations has had, and what is known of it at the service.

use std::sync::Mutex;

use serde_json::Value;
use view_store::Generation;

use super::Notifier;

/// A state of the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LoggedState {
    /// The time in milliseconds at which it took effect.
    since: u64,
    live: Generation,
    stage: Option<String>,
}

/// The states of the switch.
#[derive(Default)]
pub(crate) struct SwitchLog {
    /// The states, oldest first. A new stack has none: blue is live.
    states: Mutex<Vec<LoggedState>>,
    /// Rings after each change.
    changed: Notifier,
}

impl SwitchLog {
    /// Records that the switch is the item `item` from the time `millis` on.
    pub(crate) fn record(&self, millis: u64, item: &Value) {
        let live = if item["live"]["S"] == "green" { Generation::Green } else { Generation::Blue };
        let stage = item["stage"]["S"].as_str().map(ToOwned::to_owned);
        self.states.lock().unwrap().push(LoggedState { since: millis, live, stage });
        self.changed.notify();
    }

    /// Waits until the other generation has been in `stage`.
    pub(crate) async fn until(&self, stage: &str) {
        let is_stage = |state: &LoggedState| state.stage.as_deref() == Some(stage);
        self.changed.until(|| self.states.lock().unwrap().iter().any(is_stage).then_some(())).await;
    }

    /// The live generation.
    pub(crate) fn live(&self) -> Generation {
        self.states.lock().unwrap().last().map_or(Generation::Blue, |state| state.live)
    }

    /// What happens to the generation that is not live.
    pub(crate) fn stage(&self) -> Option<String> {
        self.states.lock().unwrap().last().and_then(|state| state.stage.clone())
    }

    /// Whether `generation` was live at some time since `millis`.
    pub(crate) fn was_live_since(&self, generation: Generation, millis: u64) -> bool {
        let states = self.states.lock().unwrap();
        let later = states.iter().skip_while(|state| state.since <= millis);
        let before = states.iter().take_while(|state| state.since <= millis).last();
        let at_that_time = before.map_or(Generation::Blue, |state| state.live);
        at_that_time == generation || later.into_iter().any(|state| state.live == generation)
    }
}
