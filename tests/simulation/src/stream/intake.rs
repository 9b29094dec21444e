//! Sends change records from the event table to the shards.

use std::sync::Arc;

use serde_json::Value;
use testing::kinesis::inserted;
use tokio::time::sleep;

use crate::Mutation;
use crate::world::World;

/// Sends the change record of the commit `item` into the stream. The weather decides whether the record arrives late,
/// more than once or after later records, and whether the shards change.
pub(crate) fn record_change(world: &Arc<World>, item: &Value) {
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
        world.stream.with(|shards| shards.reshard(dice));
    }
}
