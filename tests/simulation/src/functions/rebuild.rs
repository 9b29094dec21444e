//! The rebuild function, which builds one generation of the query table and compares it with the other.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use event_store::DynamoEventStore;
use operators::rebuild::{Comparison, RebuildJob, RebuildOperator, RebuildReport, RebuildRequest, Settings};
use operators::{LeasedAnswer, Projections};
use projection::Stores;
use serde_json::Value;
use view_store::{DynamoParity, DynamoProgress, QueryTable};

use super::leased::{self, Lifetime};
use crate::aws::client;
use crate::mutation::ports::MutatedStore;
use crate::world::{Generation, REBUILD, World};

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
        let changes = parsed.changes();
        let work = self.operator.answer(parsed, lifetime.deadline);
        leased::invoke(&self.world, REBUILD, (request, changes), lifetime, work).await
    }
}
