//! The shared state of a simulation: random numbers, clock, tables, stream and ledger.

mod bell;
mod clock;
mod deployment;
mod dice;
mod trace;
mod weather;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use es_core::Timestamp;
use uuid::Uuid;

use crate::Mutation;
use crate::clients::Ledger;
use crate::stream::Stream;

pub(crate) use bell::Bell;
pub(crate) use clock::Clock;
pub(crate) use deployment::{Deployment, Function, Generation, REBUILD};
pub(crate) use dice::Dice;
pub(crate) use trace::Trace;
pub(crate) use weather::Weather;

/// The world of one run.
pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) clock: Clock,
    pub(crate) trace: Trace,
    pub(crate) database: Database,
    pub(crate) stream: Stream,
    pub(crate) ledger: Ledger,
    pub(crate) deployment: Deployment,
    pub(crate) mutation: Option<Mutation>,
    weather: Mutex<Weather>,
    /// The number of detached tasks that have not ended.
    under_way: AtomicU64,
    /// Rings when a detached task ends.
    landed: Bell,
    invocations: AtomicU64,
    violations: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(seed: u64, mutation: Option<Mutation>, keeps_lines: bool) -> Arc<Self> {
        let dice = Dice::from_seed(seed);
        Arc::new(Self {
            clock: Clock::starting(),
            trace: Trace::new(keeps_lines),
            database: Database::memory().unwrap(),
            stream: Stream::new(&dice),
            ledger: Ledger::default(),
            deployment: Deployment::first(),
            mutation,
            weather: Mutex::default(),
            under_way: AtomicU64::new(0),
            landed: Bell::default(),
            invocations: AtomicU64::new(0),
            violations: Mutex::default(),
            dice,
        })
    }

    pub(crate) fn weather(&self) -> Weather {
        self.weather.lock().unwrap().clone()
    }

    /// Uses `weather` from now on.
    pub(crate) fn set_weather(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
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
        world.under_way.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            work.await;
            world.under_way.fetch_sub(1, Ordering::Relaxed);
            world.landed.ring();
        });
    }

    /// Waits until all detached tasks have ended.
    pub(crate) async fn nothing_under_way(&self) {
        self.landed.until(|| (self.under_way.load(Ordering::Relaxed) == 0).then_some(())).await;
    }

    /// Records a violation.
    pub(crate) fn violated(&self, what: String) {
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
        Uuid::from_u128(self.dice.bits())
    }
}
