//! The projection functions of the registry.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use es_core::ViewWriter;
use event_store::DynamoEventStore;
use event_stream::{Batch, DeadLetter};
use futures::TryFutureExt;
use futures::future::BoxFuture;
use operators::redrive::FailureQueue;
use projection::{DeadLetterQueue, Environment, MAX_MESSAGE_BYTES, Registered, Stores, Undelivered};
use projections::registry;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use view_store::QueryTable;

use super::queues::{SimulatedQueue, check_letter, is_refusal_after_restore};
use crate::Mutation;
use crate::aws::{client, record_in_known_form};
use crate::mutation::ports::{MutatedStore, MutatedViews};
use crate::world::{Function, Generation, World};

/// The timeout of a function.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The time after which a function stops by itself.
const DEADLINE: Duration = Duration::from_secs(29);

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The function answered. If a record failed, the answer names the record from which the mapping must retry.
    Answered(Option<String>),
    /// The function died or timed out.
    Died,
}

/// The projection functions.
pub(crate) struct Functions {
    world: Arc<World>,
    deployed: BTreeMap<Function, (Registered<Simulated>, Client)>,
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
        MutatedViews { world: Arc::clone(&self.world), inner }
    }
}

impl Functions {
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let deployed = registry::all().into_iter().map(|registered: Registered<Simulated>| {
            let client = client(world, registered.name);
            (Function(registered.name), (registered, client))
        });
        Self { world: Arc::clone(world), deployed: deployed.collect() }
    }

    /// Invokes `function` with `records`. The function may die at any point; the requests that it has sent still take
    /// effect.
    pub(crate) async fn project(&self, function: Function, records: &[Value]) -> Ended {
        let world = &self.world;
        let is_new = world.deployment.knows_future_events(function);
        let readable: Vec<_> =
            if is_new { records.iter().map(record_in_known_form).collect() } else { records.to_vec() };
        let batch: Batch = serde_json::from_value(json!({ "Records": readable })).unwrap();
        let (random, fault_rates) = (&world.random, world.fault_rates());
        let hasty = random.chance(fault_rates.short_deadlines);
        let time = if hasty { random.millis(5..400) } else { DEADLINE };
        let life = if random.chance(fault_rates.crashes) { random.millis(1..60) } else { TIMEOUT };
        let (registered, client) = &self.deployed[&function];
        let projection = (registered.connect)(&self.environment(function, client));
        let live_table = world.deployment.live().table();
        let queue = SimulatedQueue::new(world, FailureQueue::DeadLetters, live_table);
        let letters = Letters { queue, world: Arc::clone(world), is_new };
        let answered = timeout(life, projection.project(&batch, &letters, Instant::now() + time)).await;
        let ended = answered.map_or(Ended::Died, |(response, counters)| {
            world.missed_streams.fetch_add(counters.behind, Ordering::Relaxed);
            let failure = response.batch_item_failures.into_iter().next();
            Ended::Answered(failure.map(|failure| failure.item_identifier.as_str().to_owned()))
        });
        let now = world.clock.millis();
        world.trace.note(format!("{now} {} {} {ended:?}", function.name(), records.len()));
        ended
    }

    /// The stores of `function` with the generations that it currently feeds.
    fn environment(&self, function: Function, client: &Client) -> Simulated {
        let world = &self.world;
        let (live, other) = world.deployment.fed_by(function);
        let other = other.filter(|_| !world.has(Mutation::SecondGenerationUnfed));
        let table = |generation: Generation| QueryTable {
            client: client.clone(),
            name: generation.table().to_owned(),
            timeline: world.timeline(),
        };
        let events =
            MutatedStore::new(world, DynamoEventStore::new(client.clone(), world.deployment.event_table()));
        let tables = (table(live), other.map(table));
        Simulated {
            world: Arc::clone(world),
            stores: Stores { events, tables, clock: Arc::clone(world) as _ },
        }
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
