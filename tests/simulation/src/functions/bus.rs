//! The event bus on a network with faults, as a function reaches it.

use std::sync::Arc;

use event_bus::PublishedEvent;
use publication::{BusEntry, EventBus, PutError};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::reaction::deliver;
use crate::Mutation;
use crate::world::World;

/// The event bus as a function reaches it.
#[derive(Clone)]
pub(crate) struct SimulatedBus(pub(super) Arc<World>);

/// The fate of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PutFate {
    /// The request arrives, and so does its response.
    Answered,
    /// The request never arrives.
    RequestLost,
    /// The request arrives, and its response is lost.
    AnswerLost,
    /// The bus throttles the request.
    Throttled,
}

impl SimulatedBus {
    fn fate(&self) -> PutFate {
        let (random, rates) = (&self.0.random, self.0.fault_rates());
        let fates = [
            (rates.lost_requests, PutFate::RequestLost),
            (rates.lost_answers, PutFate::AnswerLost),
            (rates.throttles, PutFate::Throttled),
        ];
        let fate = fates.into_iter().find(|(permille, _)| random.chance(*permille));
        fate.map_or(PutFate::Answered, |(_, fate)| fate)
    }
}

impl EventBus for SimulatedBus {
    /// The request arrives in a separate task, because the bus accepts its entries even if the caller has died.
    async fn put(&self, entries: &[&BusEntry]) -> Result<Vec<Result<(), PutError>>, PutError> {
        let (world, fate) = (&self.0, self.fate());
        let (random, rates) = (&world.random, world.fault_rates());
        let is_slow = random.chance(rates.slowness);
        let way = || if is_slow { random.millis(100..2_500) } else { random.millis(1..12) };
        let (there, back) = (way(), way());
        let (answer, answered) = oneshot::channel();
        let (bus, sent) =
            (Arc::clone(world), entries.iter().map(|entry| (*entry).clone()).collect::<Vec<_>>());
        world.detach(async move {
            sleep(there).await;
            let arrives = matches!(fate, PutFate::Answered | PutFate::AnswerLost);
            let results = if arrives { accept(&bus, sent) } else { Vec::new() };
            // The caller may have died, so the error is ignored.
            answer.send(results).ok();
        });
        let results = answered.await.unwrap();
        sleep(back).await;
        let accepted = results.iter().filter(|result| result.is_ok()).count();
        world.trace.note(format!("{} PutEvents {} {fate:?} {accepted}", world.clock.millis(), entries.len()));
        match fate {
            PutFate::Answered => Ok(results),
            PutFate::RequestLost | PutFate::AnswerLost => {
                Err(PutError::Unavailable("the connection to the event bus is lost".to_owned()))
            }
            PutFate::Throttled => {
                Err(PutError::Throttled("the rate of the event bus is exceeded".to_owned()))
            }
        }
    }
}

/// Accepts `entries`, or only some of them. Returns one result for each entry.
fn accept(world: &Arc<World>, entries: Vec<BusEntry>) -> Vec<Result<(), PutError>> {
    let (random, rejected) = (&world.random, world.fault_rates().rejected_entries);
    let result = |_: &BusEntry| {
        if !random.chance(rejected) {
            Ok(())
        } else if random.chance(500) {
            Err(PutError::Throttled("the rate of entries is exceeded".to_owned()))
        } else {
            Err(PutError::Unavailable("the event bus has an internal failure".to_owned()))
        }
    };
    let results: Vec<_> = entries.iter().map(result).collect();
    let accepted = entries.into_iter().zip(&results).filter(|(_, result)| result.is_ok());
    let accepted = accepted.map(|(entry, _)| event_of(world, &entry));
    let is_dropped = |event: &PublishedEvent| {
        world.has(Mutation::PublishedOnlyOnce) && !event.replayed && world.bus.has(event)
    };
    let accepted: Vec<_> = accepted.filter(|event| !is_dropped(event)).collect();
    if world.has(Mutation::PublishedAfterCheckpoint) {
        let (delay, later) = (random.millis(0..500), Arc::clone(world));
        world.detach(async move {
            sleep(delay).await;
            pass_on(&later, accepted);
        });
    } else {
        pass_on(world, accepted);
    }
    if world.has(Mutation::FailedEntriesForgotten) {
        return results.iter().map(|_| Ok(())).collect();
    }
    results
}

/// The event in `entry`. The planted bug removes the mark of an event that is published again.
fn event_of(world: &World, entry: &BusEntry) -> PublishedEvent {
    let mut event: PublishedEvent = serde_json::from_str(&entry.detail).unwrap();
    event.replayed &= !world.has(Mutation::ReplayNotMarked);
    event
}

/// Accepts `events` and passes them on to the consumers of the bus.
fn pass_on(world: &Arc<World>, events: Vec<PublishedEvent>) {
    for event in events {
        deliver(world, &event);
        world.bus.accept(event);
    }
}
