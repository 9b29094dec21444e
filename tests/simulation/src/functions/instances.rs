//! The instances of a function. Each knows the generations of the query table for itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use projection::WritableTables;
use view_store::{DynamoGenerations, Generation, GenerationNames, KnownGenerations, QueryTables};

use crate::Mutation;
use crate::world::{OPERATIONS, SteadyClock, World, table_of};

/// How many instances a function has.
const INSTANCES: usize = 3;
/// How many of a thousand invocations get a new instance.
pub(super) const COLD_STARTS: u32 = 100;
/// The maximum age under the bug [`Mutation::KnowledgeNeverRefreshed`].
const FOREVER: Duration = Duration::from_hours(1_000);

/// The instances of one function.
pub(crate) struct Instances {
    world: Arc<World>,
    client: Client,
    running: Mutex<Vec<Arc<WritableTables>>>,
}

impl Instances {
    /// New instances of a function whose requests `client` sends.
    pub(crate) fn new(world: &Arc<World>, client: Client) -> Self {
        let instances = Self { world: Arc::clone(world), client, running: Mutex::default() };
        instances.replace();
        instances
    }

    /// Replaces all instances, as a deployment does.
    pub(crate) fn replace(&self) {
        *self.running.lock().unwrap() = (0..INSTANCES).map(|_| self.cold()).collect();
    }

    /// One of the instances, or a new one.
    pub(crate) fn any(&self) -> Arc<WritableTables> {
        let random = &self.world.random;
        let mut instances = self.running.lock().unwrap();
        let index = random.index(INSTANCES);
        if random.chance(COLD_STARTS) {
            instances[index] = self.cold();
        }
        Arc::clone(&instances[index])
    }

    /// An instance that knows nothing yet.
    fn cold(&self) -> Arc<WritableTables> {
        let world = &self.world;
        let tables = query_tables(world, &self.client);
        Arc::new(WritableTables::new(self.client.clone(), tables, world.timeline()))
    }
}

/// The tables of both generations.
pub(crate) fn generation_names() -> GenerationNames {
    let [blue, green] =
        [Generation::Blue, Generation::Green].map(|generation| table_of(generation).to_owned());
    GenerationNames { blue, green }
}

/// Both generations, as a new instance knows them.
pub(crate) fn query_tables(world: &Arc<World>, client: &Client) -> QueryTables {
    let max_age = if world.has(Mutation::KnowledgeNeverRefreshed) { FOREVER } else { world.max_age };
    let store = DynamoGenerations::new(client.clone(), OPERATIONS);
    QueryTables {
        names: generation_names(),
        known: KnownGenerations::new(store, max_age, Arc::new(SteadyClock(Arc::clone(world)))),
    }
}
