//! The event source mapping. It delivers the records that its filters select, at least once and in the sequence of their
//! shard. After a failure, it retries from the first failed record of the batch.

use std::sync::Arc;
use std::time::Duration;

use es_core::Timestamp;
use event_stream::{DeadLetter, Record};
use serde_json::{Value, json};
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::filters::delivers;
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
        let (numbers, selected): (Vec<_>, Vec<_>) = batch
            .iter()
            .enumerate()
            .filter(|(_, record)| delivers(&world, function, record))
            .map(|(number, record)| (number, record.clone()))
            .unzip();
        tries += 1;
        let is_empty = selected.is_empty();
        let done = if is_empty { 0 } else { deliver(&world, &functions, function, &selected).await };
        let has_failed = done < selected.len();
        let is_old = has_failed && world.random.chance(world.fault_rates().old_records);
        let given_up = has_failed && (tries >= TRIES || is_old);
        // After a success, the mapping moves past the dropped records, too.
        let forward = if has_failed && !given_up { numbers[done] } else { batch.len() };
        if given_up {
            let condition = if is_old { "RecordAgeExceeded" } else { "RetryAttemptsExhausted" };
            world.stream_failures.send(failed_batch(&world, function, &selected[done..], (condition, tries)));
        }
        stream.with(|shards| {
            let position = shards.position(function, shard) + forward;
            shards.move_to(function, shard, position);
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
            let (position, first) = (shards.position(function, shard), shards.trimmed(shard));
            if position > first {
                shards.move_to(function, shard, first + world.random.index(position - first));
            }
        });
    }
}

/// The ARN of the Lambda function that runs `function`.
pub(crate) fn function_arn(function: Function) -> String {
    format!("arn:aws:lambda:eu-central-1:123456789012:function:{}", function.name())
}

/// The document that Lambda writes about the `records` of a batch, which `function` did not process in `tries`
/// invocations.
///
/// Source: AWS Lambda Developer Guide, "Retaining records of failed batches", section "On-failure destinations".
fn failed_batch(
    world: &World,
    function: Function,
    records: &[Value],
    (condition, tries): (&str, u32),
) -> String {
    let [first, last] = [&records[0], &records[records.len() - 1]];
    let (shard, _) = first["eventID"].as_str().unwrap().split_once(':').unwrap();
    let arrival = |record: &Value| {
        let record = serde_json::from_value::<Record>(record.clone()).unwrap();
        DeadLetter::from_record(function.name(), &record, "", None).arrived_at().unwrap().to_string()
    };
    json!({
        "requestContext": {
            "requestId": world.invocation(),
            "functionArn": format!("{}:$LATEST", function_arn(function)),
            "condition": condition,
            "approximateInvokeCount": tries,
        },
        "responseContext": { "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled" },
        "version": "1.0",
        "timestamp": Timestamp::from_micros(world.clock.micros()).unwrap().to_string(),
        "KinesisBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first["kinesis"]["sequenceNumber"],
            "endSequenceNumber": last["kinesis"]["sequenceNumber"],
            "approximateArrivalOfFirstRecord": arrival(first),
            "approximateArrivalOfLastRecord": arrival(last),
            "batchSize": records.len(),
            "streamArn": first["eventSourceARN"],
        },
    })
    .to_string()
}
