//! The change stream: from the event table's writes to the batches of the projection functions.

mod mapping;
mod shards;

use std::sync::{Arc, Mutex};

use serde_json::Value;
use testing::kinesis::inserted;
use tokio::time::sleep;

use crate::Mutation;
use crate::functions::Function;
use crate::world::{Bell, Dice, World};
use shards::Shards;

pub(crate) use mapping::{follow, redrive};

/// The stream, and where its readers are.
#[derive(Debug)]
pub(crate) struct Stream {
    shards: Mutex<Shards>,
    changes: Bell,
}

impl Stream {
    pub(crate) fn new(dice: &Dice) -> Self {
        Self { shards: Mutex::new(Shards::some(dice)), changes: Bell::default() }
    }

    /// Takes note of the commit `item`: its change record comes soon, as the weather has it: late, more than once, after
    /// later ones, and into shards of any kind.
    pub(crate) fn changed(&self, world: &Arc<World>, item: &Value) {
        let (dice, weather) = (&world.dice, world.weather());
        let micros = world.clock.micros();
        let (data, place) = (Arc::new(inserted(item, micros)), dice.index(1 << 20));
        let copies = if dice.chance(weather.duplicates) { dice.number(2..4) } else { 1 };
        if world.has(Mutation::ChangeLost) && dice.chance(100) {
            return;
        }
        for _ in 0..copies {
            let late = dice.chance(weather.delays);
            let delay = if late { dice.millis(100..12_000) } else { dice.millis(2..60) };
            let (data, put) = (Arc::clone(&data), Arc::clone(world));
            world.detach(async move {
                sleep(delay).await;
                put.stream.with(|shards| shards.put(place, &data));
            });
        }
        if dice.chance(weather.reshardings) {
            self.with(|shards| shards.reshard(dice));
        }
    }

    /// Waits until every function has read everything.
    pub(crate) async fn all_read(&self) {
        self.until(|shards| shards.are_read().then_some(())).await;
    }

    /// Does `work` on the shards, and wakes up whoever waits for something there.
    fn with<T>(&self, work: impl FnOnce(&mut Shards) -> T) -> T {
        let result = work(&mut self.shards.lock().unwrap());
        self.changes.ring();
        result
    }

    /// Waits for `look` to find something in the shards.
    async fn until<T>(&self, mut look: impl FnMut(&mut Shards) -> Option<T>) -> T {
        self.changes.until(|| look(&mut self.shards.lock().unwrap())).await
    }
}
