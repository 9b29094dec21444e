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
    let (random, fault_rates) = (&world.random, world.fault_rates());
    let micros = world.clock.micros();
    let (data, place) = (Arc::new(inserted(&world.timeline(), item, micros)), random.index(1 << 20));
    let copies = if random.chance(fault_rates.duplicates) { random.number(2..4) } else { 1 };
    if world.has(Mutation::ChangeLost) && random.chance(100) {
        return;
    }
    for _ in 0..copies {
        let late = random.chance(fault_rates.delays);
        let delay = if late { random.millis(100..12_000) } else { random.millis(2..60) };
        let (data, put) = (Arc::clone(&data), Arc::clone(world));
        world.detach(async move {
            sleep(delay).await;
            let now = put.clock.micros();
            put.stream.with(|shards| shards.put(place, &data, now));
        });
    }
    if random.chance(fault_rates.trims) {
        world.stream.trim();
    }
    if random.chance(fault_rates.reshardings) {
        world.stream.with(|shards| shards.reshard(random));
    }
}
