//! The event source mapping. It delivers records at least once and in the sequence of their shard. After a failure, it
//! retries from the first failed record of the batch.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::Mutation;
use crate::functions::{Ended, Functions};
use crate::world::{Function, World};

/// The most records in a batch.
const BATCH: u64 = 12;
/// The longest time in milliseconds that the mapping waits for a batch to fill.
const WINDOW: u64 = 120;
/// The most deliveries of a batch before the mapping gives it up.
const TRIES: u32 = 6;

/// Delivers all records of the stream to `function`, each shard in its own task.
pub(crate) async fn follow(world: Arc<World>, functions: Arc<Functions>, function: Function) {
    let mut followed = 0;
    loop {
        let is_new = |number: usize| (number > followed).then_some(number);
        let shards = world.stream.until(|shards| is_new(shards.number())).await;
        for shard in followed..shards {
            spawn_local(read(Arc::clone(&world), Arc::clone(&functions), function, shard));
        }
        followed = shards;
    }
}

/// Delivers the records of `shard` to `function`, after all records of the shard's parents.
async fn read(world: Arc<World>, functions: Arc<Functions>, function: Function, shard: usize) {
    let stream = &world.stream;
    stream.until(|shards| shards.may_begin(function, shard).then_some(())).await;
    let mut tries = 0;
    loop {
        stream.until(|shards| shards.has_news(function, shard).then_some(())).await;
        sleep(world.random.millis(0..WINDOW)).await;
        let size = usize::try_from(world.random.number(1..BATCH + 1)).unwrap();
        let batch = stream.shards.lock().unwrap().batch(function, shard, size);
        if batch.is_empty() {
            // The shard is closed and completely read.
            stream.with(|shards| shards.finish(function, shard));
            return;
        }
        tries += 1;
        let done = deliver(&world, &functions, function, &batch).await;
        let given_up = done < batch.len() && tries >= TRIES;
        let forward = if given_up { batch.len() } else { done };
        stream.with(|shards| {
            let position = shards.position(function, shard) + forward;
            shards.move_to(function, shard, position);
            if given_up {
                shards.aside.push((function, batch[done..].to_vec()));
            }
        });
        if forward == batch.len() {
            tries = 0;
            replay(&world, function, shard);
        } else {
            sleep(Duration::from_millis(50) * tries).await;
        }
    }
}

/// Delivers `batch` to `function`. Returns the number of records before the first failed one.
async fn deliver(world: &Arc<World>, functions: &Functions, function: Function, batch: &[Value]) -> usize {
    match functions.project(function, batch).await {
        Ended::Answered(_) if world.has(Mutation::CheckpointPastFailure) => batch.len(),
        Ended::Died if world.has(Mutation::DeathTakenForSuccess) => batch.len(),
        Ended::Answered(None) => batch.len(),
        Ended::Answered(Some(failed)) => {
            let failed =
                batch.iter().position(|record| record["kinesis"]["sequenceNumber"] == failed.as_str());
            failed.unwrap_or_default()
        }
        Ended::Died => 0,
    }
}

/// Sometimes moves the position of `function` in `shard` back, as if the mapping had been recreated.
fn replay(world: &World, function: Function, shard: usize) {
    if world.random.chance(world.fault_rates().replays) {
        world.stream.with(|shards| {
            let position = shards.position(function, shard);
            let earlier = world.random.index(position);
            shards.move_to(function, shard, earlier);
        });
    }
}

/// Delivers the batches that the mapping gave up to their functions again, as an operator does.
pub(crate) async fn redrive(world: &Arc<World>, functions: &Functions) {
    let aside = std::mem::take(&mut world.stream.shards.lock().unwrap().aside);
    deliver_again(world, functions, aside).await;
}

/// Delivers the records in the dead-letter queues to their functions again, as an operator does after a deployment.
pub(crate) async fn redrive_letters(world: &Arc<World>, functions: &Functions) {
    let letters = std::mem::take(&mut world.stream.shards.lock().unwrap().letters);
    if !world.has(Mutation::LettersDiscarded) {
        deliver_again(world, functions, letters).await;
    }
}

async fn deliver_again(world: &Arc<World>, functions: &Functions, batches: Vec<(Function, Vec<Value>)>) {
    for (function, batch) in batches {
        if deliver(world, functions, function, &batch).await < batch.len() {
            world.record_violation(format!(
                "without faults, {} still fails on a batch that was set aside",
                function.name()
            ));
        }
    }
}
