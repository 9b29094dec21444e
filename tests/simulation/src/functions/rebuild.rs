//! The rebuild function, which builds one generation of the query table and compares it with the other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use event_store::DynamoEventStore;
use operators::rebuild::{
    Comparison, GenerationNames, GenerationSwitch, RebuildOperator, RebuildReport, Settings, SettleTimes,
};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use view_store::{DynamoGenerations, Generation};

use super::PROJECTION_TIMEOUT;
use crate::Mutation;
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::world::{OPERATIONS, REBUILD, SteadyClock, World, table_of};

/// The timeout of the function.
const TIMEOUT: Duration = Duration::from_mins(15);
/// The time after which the function stops by itself.
const DEADLINE: Duration = TIMEOUT.saturating_sub(Duration::from_secs(1));
/// The time that a comparison reserves to read differing items again.
const LAST_LOOKS: Duration = Duration::from_secs(20);

/// The rebuild function.
pub(crate) struct Rebuild {
    world: Arc<World>,
    client: Client,
    settings: Settings,
}

impl Rebuild {
    /// The function with a random number of segments and a random speed.
    pub(crate) fn deployed(world: &Arc<World>) -> Self {
        let number = |range| NonZeroU32::new(u32::try_from(world.random.number(range)).unwrap()).unwrap();
        let settings = Settings { segments: number(1..6), commits_per_second: number(10..200) };
        Self { world: Arc::clone(world), client: client(world, REBUILD), settings }
    }

    /// The function, wired like in its binary. The planted bugs do not wait until a change of the switch is settled.
    fn wired(&self, task: &str) -> RebuildOperator<MutatedStore> {
        let (world, client) = (&self.world, self.client.clone());
        let is_hasty = match task {
            "build" => world.has(Mutation::RebuildBegunEarly),
            _ => world.has(Mutation::CutOverNotSettled),
        };
        let settle_times = match is_hasty {
            true => SettleTimes { of_projections: Duration::ZERO, of_queries: Duration::ZERO },
            false => SettleTimes::new(world.max_age, PROJECTION_TIMEOUT),
        };
        let events = DynamoEventStore::new(client.clone(), world.deployment.event_table());
        RebuildOperator {
            events: MutatedStore::new(world, events),
            event_table: world.timeline(),
            names: GenerationNames {
                blue: table_of(Generation::Blue).to_owned(),
                green: table_of(Generation::Green).to_owned(),
            },
            switch: GenerationSwitch {
                store: DynamoGenerations::new(client.clone(), OPERATIONS),
                clock: Arc::new(SteadyClock(Arc::clone(world))),
                settle_times,
            },
            client,
            settings: self.settings,
            pause: Comparison::PAUSE,
        }
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
        let operator = self.wired(request["task"].as_str().unwrap_or_default());
        let work = operator.answer(serde_json::from_value(request.clone()).unwrap(), Instant::now() + time);
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
