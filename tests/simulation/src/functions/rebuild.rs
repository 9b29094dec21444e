//! The rebuild function, which builds one generation of the query table and compares it with the other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use event_store::DynamoEventStore;
use operators::Projections;
use operators::rebuild::{Comparison, RebuildJob, RebuildOperator, RebuildReport, Settings};
use projection::Stores;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use view_store::{DynamoParity, DynamoProgress, QueryTable};

use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::world::{Generation, REBUILD, World};

/// The timeout of the function.
const TIMEOUT: Duration = Duration::from_mins(15);
/// The time after which the function stops by itself.
const DEADLINE: Duration = TIMEOUT.saturating_sub(Duration::from_secs(1));
/// The time that a comparison reserves to read differing items again.
const LAST_LOOKS: Duration = Duration::from_secs(20);

/// The rebuild function.
pub(crate) struct Rebuild {
    world: Arc<World>,
    operator: RebuildOperator<MutatedStore>,
}

impl Rebuild {
    /// The function that builds `generation`, wired like in its binary, with a random number of segments and a random
    /// speed.
    pub(crate) fn deployed(world: &Arc<World>, generation: Generation) -> Self {
        let [built, other] = [generation, generation.other()].map(Generation::table);
        let client = client(world, REBUILD);
        let number = |range| NonZeroU32::new(u32::try_from(world.random.number(range)).unwrap()).unwrap();
        let settings = Settings { segments: number(1..6), commits_per_second: number(10..200) };
        let events =
            MutatedStore::new(world, DynamoEventStore::new(client.clone(), world.deployment.event_table()));
        let (name, timeline) = (built.to_owned(), world.timeline());
        let table = QueryTable { client: client.clone(), name, timeline };
        let clock = Arc::clone(world) as _;
        let projections =
            Projections::with_stores(&Stores { events: events.clone(), tables: (table, None), clock });
        let progress = DynamoProgress::new(client.clone(), built);
        let parity = DynamoParity::new(client, built, other, projections.counters());
        let comparison = Comparison { parity, pause: Comparison::PAUSE };
        let operator =
            RebuildOperator { build: RebuildJob { events, projections, progress, settings }, comparison };
        Self { world: Arc::clone(world), operator }
    }

    /// Invokes the function with `request`. `None` if it fails or dies; the requests that it has sent still take
    /// effect.
    pub(crate) async fn invoke(&self, request: &Value) -> Option<RebuildReport> {
        let (world, random, fault_rates) = (&self.world, &self.world.random, self.world.fault_rates());
        let hasty = random.chance(fault_rates.short_deadlines);
        let compares = request["task"] == "compare";
        let least = if compares { LAST_LOOKS } else { Duration::ZERO };
        let time = if hasty { least + random.millis(5..400) } else { DEADLINE };
        let life = if random.chance(fault_rates.operator_crashes) { random.millis(1..300) } else { TIMEOUT };
        let work =
            self.operator.answer(serde_json::from_value(request.clone()).unwrap(), Instant::now() + time);
        let answered = timeout(life, Box::pin(work)).await;
        let ended = match &answered {
            Ok(Ok(report)) => serde_json::to_string(report).unwrap(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "died".to_owned(),
        };
        world.trace.note(format!("{} {REBUILD} {request} {ended}", world.clock.millis()));
        answered.ok()?.ok()
    }
}
