//! The functions that follow the stream: the projections of the registry, and the publisher.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::{ViewWriter, WriteError};
use event_store::DynamoEventStore;
use event_stream::{Batch, BatchResponse, DeadLetter};
use futures::TryFutureExt;
use futures::future::BoxFuture;
use operators::redrive::FailureQueue;
use projection::{
    DeadLetterQueue, Environment, MAX_MESSAGE_BYTES, MissedStreams, Registered, Stores, Undelivered,
    WritableTables, WrittenTables,
};
use projections::registry;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::Instances;
use super::publisher::projector;
use super::queues::{SimulatedQueue, check_letter, is_refusal_after_restore};
use crate::Mutation;
use crate::aws::{client, record_in_known_form};
use crate::mutation::ports::{MutatedStore, MutatedViews};
use crate::world::{Function, World};

/// The timeout of a function: the shortest one that the template allows.
pub(crate) const PROJECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The time after which a function stops by itself.
const DEADLINE: Duration = PROJECTION_TIMEOUT.saturating_sub(Duration::from_secs(1));

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The function answered. If a record failed, the answer names the record from which the mapping must retry.
    Answered(Option<String>),
    /// The function died or timed out.
    Died,
}

impl From<BatchResponse> for Ended {
    fn from(response: BatchResponse) -> Self {
        let failure = response.batch_item_failures.into_iter().next();
        Self::Answered(failure.map(|failure| failure.item_identifier.as_str().to_owned()))
    }
}

/// The functions that follow the stream.
pub(crate) struct Functions {
    world: Arc<World>,
    /// The client of the publisher.
    publisher: Client,
    /// The projection functions.
    deployed: BTreeMap<Function, (Registered<Simulated>, Instances)>,
}

/// The stores of the simulated functions.
pub(crate) struct Simulated {
    world: Arc<World>,
    stores: Stores<MutatedStore>,
}

impl Environment for Simulated {
    type Events = MutatedStore;
    type Writer<C: Sync, W: ViewWriter<C> + 'static> = MutatedViews<W>;

    fn stores(&self) -> &Stores<MutatedStore> {
        &self.stores
    }

    fn wrap<C: Sync, W: ViewWriter<C> + 'static>(&self, inner: W) -> MutatedViews<W> {
        MutatedViews { world: Arc::clone(&self.world), inner, over_gaps: Mutation::GapWrittenOver }
    }
}

impl Functions {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let deployed = registry::all().into_iter().map(|registered: Registered<Simulated>| {
            let instances = Instances::new(world, client(world, registered.name));
            (Function(registered.name), (registered, instances))
        });
        let publisher = client(world, Function::PUBLISHER.name());
        Self { world: Arc::clone(world), publisher, deployed: deployed.collect() }
    }

    /// Deploys all functions again, one after the other, with the same code and the same parameters.
    pub(crate) async fn deploy_again(&self) {
        for (function, (_, instances)) in &self.deployed {
            sleep(self.world.random.millis(0..3_000)).await;
            instances.replace();
            self.world.trace.note(format!("{} {} is deployed", self.world.clock.millis(), function.name()));
        }
    }

    /// Invokes `function` with `records`. The function may die at any point; the requests that it has sent still take
    /// effect.
    pub(crate) async fn project(&self, function: Function, records: &[Value]) -> Ended {
        let world = &self.world;
        let is_new = world.deployment.knows_future_events(function);
        let is_readable = is_new || world.skips_new_type(function);
        let readable: Vec<_> =
            if is_readable { records.iter().map(record_in_known_form).collect() } else { records.to_vec() };
        let batch: Batch = serde_json::from_value(json!({ "Records": readable })).unwrap();
        let (random, fault_rates) = (&world.random, world.fault_rates());
        let hasty = random.chance(fault_rates.short_deadlines);
        let time = if hasty { random.millis(5..400) } else { DEADLINE };
        let life = if random.chance(fault_rates.crashes) { random.millis(1..60) } else { PROJECTION_TIMEOUT };
        let queue = SimulatedQueue::new(world, FailureQueue::DeadLetters);
        let letters = Letters { queue, world: Arc::clone(world), is_new };
        let deadline = Instant::now() + time;
        let work = async {
            let Some((registered, instances)) = self.deployed.get(&function) else {
                let publisher = projector(world, &self.publisher);
                return Ended::from(Box::pin(publisher.project(&batch, &letters, deadline)).await.0);
            };
            let instance = instances.any();
            // The binary does the same: without the generations, Lambda delivers the batch again.
            let Ok(written) = instance.written().await else {
                let first = batch.records.iter().map(|record| record.sequence.clone()).min();
                return Ended::Answered(first.map(|first| first.as_str().to_owned()));
            };
            let projection = (registered.connect)(&self.environment(&instance, written));
            let (response, counters) = projection.project(&batch, &letters, deadline).await;
            world.missed_streams.fetch_add(counters.behind, Ordering::Relaxed);
            Ended::from(response)
        };
        let ended = timeout(life, work).await.unwrap_or(Ended::Died);
        let now = world.clock.millis();
        world.trace.note(format!("{now} {} {} {ended:?}", function.name(), records.len()));
        ended
    }

    /// The stores of an invocation of `instance`, which writes the tables `written`.
    fn environment(&self, instance: &WritableTables, written: WrittenTables) -> Simulated {
        let world = &self.world;
        let events = DynamoEventStore::new(instance.client.clone(), world.deployment.event_table());
        let mut tables = written;
        if world.has(Mutation::SecondGenerationUnfed) {
            tables.other = None;
        }
        if let Some(other) = tables.other.as_mut().filter(|_| world.has(Mutation::MissedStreamsForgotten)) {
            other.policy.missed = Arc::new(ForgottenStreams);
        }
        let stores =
            Stores { events: MutatedStore::new(world, events), tables, clock: Arc::clone(world) as _ };
        Simulated { world: Arc::clone(world), stores }
    }
}

/// The planted bug that forgets the streams that a generation missed.
struct ForgottenStreams;

impl MissedStreams for ForgottenStreams {
    fn add(&self, _: u64) -> BoxFuture<'_, Result<(), WriteError>> {
        Box::pin(async { Ok(()) })
    }
}

/// The dead-letter queue of one invocation.
struct Letters {
    queue: SimulatedQueue,
    world: Arc<World>,
    /// Whether the code of the invocation knows the new events.
    is_new: bool,
}

impl DeadLetterQueue for Letters {
    fn send<'a>(&'a self, letter: &'a DeadLetter) -> BoxFuture<'a, Result<(), Undelivered>> {
        let body = letter.to_json(MAX_MESSAGE_BYTES);
        check_letter(&self.world, &body);
        let stream = letter.error.split(' ').next().unwrap_or_default();
        let is_refused = is_refusal_after_restore(&self.world, &letter.error);
        if self.is_new && !is_refused && !self.world.corruption.has_touched(stream) {
            self.world.record_violation(format!("{} knows the schema of {}", letter.function, letter.error));
        }
        Box::pin(self.queue.clone().send_letter(body).map_err(|error| Undelivered(error.into())))
    }
}
