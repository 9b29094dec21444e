//! The states that the switch of the generations has had, and what is known of it at the service.

use std::sync::Mutex;

use serde_json::Value;
use view_store::Generation;

/// A state of the switch.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LoggedState {
    /// The time in milliseconds at which it took effect.
    since: u64,
    live: Generation,
    stage: Option<String>,
}

/// The states of the switch, oldest first.
pub(crate) struct SwitchLog(Mutex<Vec<LoggedState>>);

impl SwitchLog {
    /// The log of a new stack: blue is live.
    pub(crate) const fn starting() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Records that the switch is the item `item` from the time `millis` on.
    pub(crate) fn record(&self, millis: u64, item: &Value) {
        let live = if item["live"]["S"] == "green" { Generation::Green } else { Generation::Blue };
        let stage = item["stage"]["S"].as_str().map(ToOwned::to_owned);
        self.0.lock().unwrap().push(LoggedState { since: millis, live, stage });
    }

    /// The live generation.
    pub(crate) fn live(&self) -> Generation {
        self.0.lock().unwrap().last().map_or(Generation::Blue, |state| state.live)
    }

    /// What happens to the generation that is not live.
    pub(crate) fn stage(&self) -> Option<String> {
        self.0.lock().unwrap().last().and_then(|state| state.stage.clone())
    }

    /// Whether `generation` was live at some time since `millis`.
    pub(crate) fn was_live_since(&self, generation: Generation, millis: u64) -> bool {
        let states = self.0.lock().unwrap();
        let later = states.iter().skip_while(|state| state.since <= millis);
        let before = states.iter().take_while(|state| state.since <= millis).last();
        let at_that_time = before.map_or(Generation::Blue, |state| state.live);
        at_that_time == generation || later.into_iter().any(|state| state.live == generation)
    }
}
