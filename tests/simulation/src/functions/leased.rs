//! One invocation of an operator that may need its lease: its deadline, its death, and the checks of the lease.

use std::sync::Arc;
use std::time::Duration;

use es_core::Timestamp;
use operators::{Lease, LeasedAnswer};
use serde::Serialize;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use crate::aws::client;
use crate::world::{FaultRates, OPERATIONS, World};

/// The time after which an operator stops by itself: the timeout of the function without [`RESPONSE`].
const DEADLINE: Duration = Duration::from_secs(15 * 60 - 1);
/// The time after the deadline at which Lambda ends an invocation.
const RESPONSE: Duration = Duration::from_secs(1);

/// How far the clocks of two machines differ at most.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(4);

/// The clock of the machine of an invocation.
struct MachineClock {
    world: Arc<World>,
    ahead: Duration,
}

impl es_core::Clock for MachineClock {
    fn now(&self) -> Timestamp {
        let ahead = i64::try_from(self.ahead.as_micros()).unwrap();
        Timestamp::from_micros(self.world.clock.micros_without_skips() + ahead).unwrap()
    }
}

/// How long an invocation works and lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lifetime {
    /// When the invocation stops by itself.
    pub(crate) deadline: Instant,
    /// How long the invocation lives. A shorter time than until the deadline is its death.
    life: Duration,
}

impl Lifetime {
    /// A random lifetime. A deadline leaves at least `least`.
    pub(crate) fn from_dice(world: &World, least: Duration) -> Self {
        let (random, fault_rates) = (&world.random, world.fault_rates());
        let hasty = random.chance(fault_rates.short_deadlines);
        let mut time = if hasty { least + random.millis(5..400) } else { DEADLINE };
        let dies = random.chance(fault_rates.operator_crashes);
        let crash = if dies { random.millis(1..300) } else { DEADLINE };
        // Most invocations that die reach the timeout of their function. The others leave a lease that lasts long.
        if dies && random.chance(750) {
            time = time.min(least + crash + random.millis(1..100));
        }
        let life = if dies { crash.min(time + RESPONSE) } else { time + RESPONSE };
        Self { deadline: Instant::now() + time, life }
    }
}

/// Invokes `operator` with `request`. `None` if it fails or dies; the requests that it has sent still take effect.
pub(crate) async fn invoke<T: Serialize, E: Into<lambda_runtime::Error>>(
    world: &Arc<World>,
    operator: &'static str,
    (request, needs_lease): (&Value, bool),
    Lifetime { deadline, life }: Lifetime,
    work: impl Future<Output = Result<T, E>>,
) -> Option<LeasedAnswer<T>> {
    let ahead = world.random.millis(0..u64::try_from(CLOCK_DIFFERENCE.as_millis()).unwrap());
    let clock = MachineClock { world: Arc::clone(world), ahead };
    let lease = Lease::new(client(world, operator), OPERATIONS, operator, Arc::new(clock));
    let invocation = world.operators.begin(operator);
    let has_faults = world.fault_rates() != FaultRates::default();
    let watched = async {
        let _work = needs_lease.then(|| {
            let (work, is_second) = invocation.work();
            if is_second {
                world.record_violation(format!("two invocations of {operator} work at the same time"));
            }
            work
        });
        work.await
    };
    let answered = timeout(life, Box::pin(lease.run(needs_lease, deadline, watched))).await;
    let ended = match &answered {
        Ok(Ok(report)) => serde_json::to_string(report).unwrap(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "died".to_owned(),
    };
    world.trace.note(format!("{} {operator} {request} {ended}", world.clock.millis()));
    match &answered {
        Ok(Ok(LeasedAnswer::Refused(refusal))) if invocation.is_alone() => {
            world.record_violation(format!("{}, but no other invocation works", refusal.refused));
        }
        Ok(Ok(LeasedAnswer::Refused(_))) => {}
        _ if needs_lease => invocation.end(answered.is_ok() && !has_faults),
        _ => {}
    }
    answered.ok()?.ok()
}

/// Waits until a lease that ends at `until` can be taken.
pub(crate) async fn wait_until(world: &World, until: Timestamp) {
    let left = until.micros().saturating_sub(world.clock.micros_without_skips());
    sleep(Duration::from_micros(left.max(0).unsigned_abs()) + Duration::from_secs(2)).await;
}
