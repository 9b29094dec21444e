//! The shared state of a simulation: random numbers, clock, tables, stream and ledger.

mod clock;
mod deployment;
mod fault_rates;
mod notifier;
mod random;
mod trace;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use es_core::Timestamp;
use uuid::Uuid;

use crate::Mutation;
use crate::clients::Ledger;
use crate::stream::Stream;

pub(crate) use clock::Clock;
pub(crate) use deployment::{Deployment, Function, Generation, REBUILD};
pub(crate) use fault_rates::FaultRates;
pub(crate) use notifier::Notifier;
pub(crate) use random::Random;
pub(crate) use trace::CallTrace;

/// The world of one run.
pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) clock: Clock,
    pub(crate) trace: CallTrace,
    pub(crate) database: Database,
    pub(crate) stream: Stream,
    pub(crate) ledger: Ledger,
    pub(crate) deployment: Deployment,
    pub(crate) mutation: Option<Mutation>,
    /// How many streams the second generation missed, according to the projection functions.
    pub(crate) missed_streams: AtomicU64,
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
            stream: Stream::new(&random),
            ledger: Ledger::default(),
            deployment: Deployment::first(),
            mutation,
            missed_streams: AtomicU64::new(0),
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

    /// Records a violation.
    pub(crate) fn record_violation(&self, what: String) {
        self.violations.lock().unwrap().push(what);
    }

    /// The first violation, if there is one.
    pub(crate) fn violation(&self) -> Option<String> {
        self.violations.lock().unwrap().first().cloned()
    }
}

/// The requests of the simulation take the time and their keys from the world.
impl es_core::Clock for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.clock.micros()).unwrap()
    }
}

impl es_core::TimeAndKeys for World {
    fn key(&self) -> Uuid {
        Uuid::from_u128(self.random.bits())
    }
}
