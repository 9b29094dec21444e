//! The rebuild function, which builds one generation of the query table and compares it with the other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use event_store::DynamoEventStore;
use operators::LeasedAnswer;
use operators::rebuild::{
    Comparison, GenerationSwitch, RebuildOperator, RebuildReport, RebuildRequest, Settings, SettleTimes,
};
use serde_json::Value;
use tokio::time::timeout_at;
use view_store::DynamoGenerations;

use super::leased::{self, Lifetime};
use super::{PROJECTION_TIMEOUT, generation_names};
use crate::Mutation;
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::world::{OPERATIONS, REBUILD, SteadyClock, World};

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

    /// How long a change of the switch takes to settle.
    pub(crate) fn settle_times(&self) -> SettleTimes {
        SettleTimes::new(self.world.max_age, PROJECTION_TIMEOUT)
    }

    /// The function, wired like in its binary. The planted bugs do not wait until a change of the switch is settled.
    fn wired(&self, task: &str) -> RebuildOperator<MutatedStore> {
        let (world, client) = (&self.world, self.client.clone());
        let is_hasty = match task {
            "build" => world.has(Mutation::RebuildBegunEarly),
            _ => world.has(Mutation::CutOverNotSettled),
        };
        let settle_times = if is_hasty {
            SettleTimes { of_projections: Duration::ZERO, of_queries: Duration::ZERO }
        } else {
            self.settle_times()
        };
        let events = DynamoEventStore::new(client.clone(), world.deployment.event_table());
        RebuildOperator {
            events: MutatedStore::new(world, events),
            event_table: world.timeline(),
            names: generation_names(),
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

    /// Invokes the function with `request`. If another invocation has the lease, waits for the end of the lease and
    /// invokes the function once more. `None` if the function fails, dies or is refused again; the requests that it has
    /// sent still take effect.
    pub(crate) async fn invoke(&self, request: &Value) -> Option<RebuildReport> {
        let refusal = match self.invoke_once(request).await? {
            LeasedAnswer::Done(report) => return Some(report),
            LeasedAnswer::Refused(refusal) => refusal,
        };
        leased::wait_until(&self.world, refusal.until).await;
        match self.invoke_once(request).await? {
            LeasedAnswer::Done(report) => Some(report),
            LeasedAnswer::Refused(_) => None,
        }
    }

    /// Invokes the function with `request`, as the schedule does. `None` if it fails or dies.
    pub(crate) async fn invoke_once(&self, request: &Value) -> Option<LeasedAnswer<RebuildReport>> {
        let parsed: RebuildRequest = serde_json::from_value(request.clone()).unwrap();
        let compares = matches!(parsed, RebuildRequest::Compare { .. });
        let least = if compares { LAST_LOOKS } else { Duration::ZERO };
        let lifetime = Lifetime::from_dice(&self.world, least);
        let needs_lease = parsed.needs_lease();
        let operator = self.wired(request["task"].as_str().unwrap_or_default());
        let idle = timeout_at(lifetime.deadline, Box::pin(operator.answer_if_idle(&parsed))).await;
        if let Some(report) = idle.ok()?.ok()? {
            return Some(LeasedAnswer::Done(report));
        }
        let work = operator.answer(parsed, lifetime.deadline);
        leased::invoke(&self.world, REBUILD, (request, needs_lease), lifetime, work).await
    }
}
