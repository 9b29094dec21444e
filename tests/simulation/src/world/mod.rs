//! The shared state of a simulation: random numbers, clock, tables, stream and ledger.

mod bus;
mod clock;
mod commit_log;
mod corruption;
mod deployment;
mod fault_rates;
mod instance;
mod invocations;
mod notifier;
mod outage;
mod queue;
mod random;
mod replay_log;
mod switch_log;
mod trace;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynoxide::Database;
use es_core::Timestamp;
use uuid::Uuid;

use crate::Mutation;
use crate::aws::LaggingCopy;
use crate::clients::Ledger;
use crate::stream::Stream;

pub(crate) use bus::{Bus, SOURCE};
pub(crate) use clock::Clock;
pub(crate) use commit_log::CommitLog;
pub(crate) use corruption::Corruption;
pub(crate) use deployment::{
    Deployment, EVENTS, Function, FutureEvents, GENERATIONS, OPERATIONS, PUBLICATIONS, REBUILD, REPUBLISH,
    RESTORED_EVENTS, table_of,
};
pub(crate) use fault_rates::{FaultRates, LONGEST_WAY};
use instance::InstanceClock;
pub(crate) use invocations::OperatorInvocations;
pub(crate) use notifier::Notifier;
use outage::Outage;
pub(crate) use queue::Queue;
pub(crate) use random::Random;
pub(crate) use replay_log::{Replay, ReplayLog};
pub(crate) use switch_log::SwitchLog;
pub(crate) use trace::CallTrace;

/// The world of one run.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) clock: Clock,
    pub(crate) trace: CallTrace,
    pub(crate) database: Database,
    pub(crate) lagging_copy: LaggingCopy,
    pub(crate) commit_log: CommitLog,
    pub(crate) stream: Stream,
    pub(crate) bus: Bus,
    /// The batches that Lambda gave up delivering.
    pub(crate) stream_failures: Queue,
    /// The records and streams that a projection could not read.
    pub(crate) dead_letters: Queue,
    /// The events that a reaction could not handle.
    pub(crate) reaction_failures: Queue,
    /// The events that each instance of the reaction has seen, under the bug
    /// [`Mutation::ReactionRemembersOnly`].
    pub(crate) seen_by_reaction: Mutex<BTreeSet<(usize, Uuid)>>,
    pub(crate) replay_log: ReplayLog,
    pub(crate) corruption: Corruption,
    pub(crate) ledger: Ledger,
    pub(crate) deployment: Deployment,
    pub(crate) operators: OperatorInvocations,
    pub(crate) switch_log: SwitchLog,
    pub(crate) outage: Outage,
    pub(crate) mutation: Option<Mutation>,
    /// How many streams the second generation missed, according to the projection functions.
    pub(crate) missed_streams: AtomicU64,
    /// The age up to which functions use what they know about the generations.
    pub(crate) max_age: Duration,
    /// Whether the deployment takes the prices of orders from the catalog, and not from the command.
    pub(crate) prices_come_from_catalog: bool,
    /// The age up to which an instance uses a product that it remembers.
    pub(crate) price_max_age: Duration,
    /// After how many versions an order gets a snapshot; `None` if orders get them as seldom as in production, which is
    /// never in a run.
    pub(crate) order_snapshots: Option<u64>,
    instances: Vec<InstanceClock>,
    fault_rates: Mutex<FaultRates>,
    /// The number of detached tasks that have not ended.
    running_tasks: AtomicU64,
    /// Rings when a detached task ends.
    task_ended: Notifier,
    invocations: AtomicU64,
    violations: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Arc<Self> {
        let random = Random::from_seed(seed);
        Arc::new(Self {
            clock: Clock::starting(),
            trace: CallTrace::new(keeps_lines),
            database: Database::memory().unwrap(),
            lagging_copy: LaggingCopy::empty(),
            commit_log: CommitLog::default(),
            stream: Stream::new(&random),
            bus: Bus::default(),
            stream_failures: Queue::default(),
            dead_letters: Queue::default(),
            reaction_failures: Queue::default(),
            seen_by_reaction: Mutex::default(),
            replay_log: ReplayLog::default(),
            corruption: Corruption::default(),
            ledger: Ledger::default(),
            deployment: Deployment::first(),
            operators: OperatorInvocations::default(),
            switch_log: SwitchLog::default(),
            outage: Outage::default(),
            max_age: random.millis(200..4_000),
            mutation,
            missed_streams: AtomicU64::new(0),
            prices_come_from_catalog: !random.chance(200),
            price_max_age: *random.one(&[Duration::ZERO, random.millis(50..500), random.millis(500..4_000)]),
            order_snapshots: *random.one(&[None, None, None, Some(1), Some(2)]),
            instances: InstanceClock::from_dice(&random),
            fault_rates: Mutex::default(),
            running_tasks: AtomicU64::new(0),
            task_ended: Notifier::default(),
            invocations: AtomicU64::new(0),
            violations: Mutex::default(),
            random,
        })
    }

    pub(crate) fn fault_rates(&self) -> FaultRates {
        self.fault_rates.lock().unwrap().clone()
    }

    /// Uses `fault_rates` from now on.
    pub(crate) fn set_fault_rates(&self, fault_rates: FaultRates) {
        *self.fault_rates.lock().unwrap() = fault_rates;
    }

    pub(crate) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Whether the planted bug makes `function` move past the events of a new type, which its code does not know.
    pub(crate) fn skips_new_type(&self, function: Function) -> bool {
        self.has(Mutation::NewTypeSkipped)
            && self.deployment.future_events() == Some(FutureEvents::Type)
            && !self.deployment.knows_future_events(function)
    }

    /// The name of the event table in views and change records. The planted bug keeps the name of the damaged table.
    pub(crate) fn timeline(&self) -> String {
        let is_stuck = self.has(Mutation::TimelineNotCompared);
        if is_stuck { EVENTS } else { self.deployment.event_table() }.to_owned()
    }

    /// One of the instances of the functions behind the API.
    pub(crate) fn any_instance(self: &Arc<Self>) -> Instance {
        let number = self.random.index(self.instances.len());
        Instance { world: Arc::clone(self), clock: self.instances[number], number }
    }

    /// How many instances there are of the functions behind the API.
    pub(crate) fn instances(&self) -> usize {
        self.instances.len()
    }

    /// An id for the next invocation of a function.
    pub(crate) fn invocation(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.invocations.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs `work` in a separate task that outlives the caller. The world is not at rest until the task has ended.
    pub(crate) fn detach(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let world = Arc::clone(self);
        world.running_tasks.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            work.await;
            world.running_tasks.fetch_sub(1, Ordering::Relaxed);
            world.task_ended.notify();
        });
    }

    /// Waits until all detached tasks have ended.
    pub(crate) async fn wait_for_tasks(&self) {
        self.task_ended.until(|| (self.running_tasks.load(Ordering::Relaxed) == 0).then_some(())).await;
    }

    /// Waits until no detached task runs and every function has read the whole stream.
    pub(crate) async fn wait_for_rest(&self) {
        loop {
            self.wait_for_tasks().await;
            self.stream.all_read().await;
            if self.running_tasks.load(Ordering::Relaxed) == 0 {
                return;
            }
        }
    }

    /// Records a violation.
    pub(crate) fn record_violation(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }

    /// The first violation, if there is one.
    pub(crate) fn violation(&self) -> Option<String> {
        self.violations.lock().unwrap().first().cloned()
    }
}

/// One instance of the functions behind the API. Its requests take the time and their keys from it.
pub(crate) struct Instance {
    world: Arc<World>,
    clock: InstanceClock,
    /// The instance's number, from 0.
    pub(crate) number: usize,
}

impl es_core::Clock for Instance {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.reading(self.world.clock.micros())).unwrap()
    }
}

impl es_core::TimeAndKeys for Instance {
    fn key(&self) -> Uuid {
        Uuid::from_u128(self.world.random.bits())
    }
}

/// A clock without the hours that a run skips. No invocation takes hours, so the age of what a function knows and the time
/// that a change of the switch has to settle are measured with this clock.
pub(crate) struct SteadyClock(pub(crate) Arc<World>);

impl es_core::Clock for SteadyClock {
    fn now(&self) -> Timestamp {
        let micros = (self.0.clock.millis() + 1) * 1_000;
        Timestamp::from_micros(i64::try_from(micros).unwrap()).unwrap()
    }
}

/// Projections and operators take the time from the world.
impl es_core::Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros()).unwrap()
    }
}
