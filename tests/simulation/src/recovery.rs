//! The operator of the failure queues. It redrives failed records, catches streams up, and compares views with their
//! streams. In some worlds, somebody damages an item of the event table and repairs it later.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use operators::redrive::RedriveReport;
use serde_json::json;
use tokio::time::sleep;

use crate::aws::{damage_an_item, repair_items};
use crate::functions::{RedriveFunction, reconcile};
use crate::world::World;

/// The queues of failed records.
const QUEUES: [&str; 2] = ["stream-failures", "dead-letters"];
/// The most redrives of each queue without faults. A message of an invocation that died reappears after 16 minutes.
const ROUNDS: u32 = 30;
/// The pause between two redrives without faults.
const PAUSE: Duration = Duration::from_mins(1);
/// The most invocations of reconcile without faults. Each samples a few streams.
const SAMPLES: u32 = 3;
/// The time after which a commit must be in the views, and a little more.
const SETTLED: Duration = Duration::from_secs(130);

/// The operator.
pub(crate) struct Recovery {
    world: Arc<World>,
    redrive: RedriveFunction,
    /// How often the operator works while the clients send requests.
    steps: u64,
    /// Whether an item of the event table is damaged meanwhile.
    has_damage: bool,
    /// Whether the stream trims records before the operator redrives them.
    trims_early: bool,
}

impl Recovery {
    pub(crate) fn from_world(world: &Arc<World>) -> Self {
        let random = &world.random;
        let steps = if random.chance(500) { random.number(1..6) } else { 0 };
        let redrive = RedriveFunction::deployed(world);
        let (has_damage, trims_early) = (random.chance(250), world.fault_rates().trims > 0);
        Self { world: Arc::clone(world), redrive, steps, has_damage, trims_early }
    }

    /// Works while the clients send requests.
    pub(crate) async fn work(&self) {
        let random = &self.world.random;
        for _ in 0..self.steps {
            sleep(random.millis(100..1_500)).await;
            let queue: &str = random.one::<&str>(&QUEUES);
            match random.number(0..8) {
                0 => {
                    reconcile(&self.world).await;
                }
                1 => self.catch_up().await,
                2 => self.invoke("list", queue).await,
                3 => {
                    let both = QUEUES.map(|queue| Box::pin(self.invoke("redrive", queue)));
                    join_all(both).await;
                }
                _ => self.invoke("redrive", queue).await,
            }
        }
    }

    /// Damages an item of the event table, if this world has such a fault, and sometimes repairs the item soon.
    pub(crate) async fn damage(&self) {
        if self.has_damage {
            let random = &self.world.random;
            sleep(random.millis(200..2_500)).await;
            damage_an_item(&self.world);
            if random.chance(300) {
                sleep(random.millis(200..2_500)).await;
                repair_items(&self.world);
            }
        }
    }

    /// Redrives both queues and runs reconcile while the item is still damaged, and then repairs the item. In some
    /// worlds, the stream no longer retains the failed records.
    pub(crate) async fn repair(&self) {
        if self.trims_early {
            self.world.stream.all_read().await;
            self.world.stream.trim();
        }
        if self.has_damage {
            self.redrive_once().await;
            reconcile(&self.world).await;
        }
        repair_items(&self.world);
    }

    /// Redrives both queues once, without faults.
    pub(crate) async fn redrive_once(&self) {
        for queue in QUEUES {
            self.invoke("redrive", queue).await;
        }
    }

    /// Redrives both queues without faults until they are empty.
    pub(crate) async fn empty_queues(&self) {
        let world = &self.world;
        let left = || [world.stream_failures.bodies(), world.dead_letters.bodies()].concat();
        for _ in 0..ROUNDS {
            self.redrive_once().await;
            if left().is_empty() {
                return;
            }
            sleep(PAUSE).await;
        }
        world.record_violation(format!("{ROUNDS} redrives without faults left {:?}", left()));
    }

    /// Checks that reconcile finds no mismatch.
    pub(crate) async fn reconcile(&self) {
        sleep(SETTLED).await;
        for _ in 0..SAMPLES {
            let report = reconcile(&self.world).await;
            if report.as_ref().is_none_or(|report| report.mismatched > 0 || report.unreadable > 0) {
                self.world.record_violation(format!("without faults, reconcile reports {report:?}"));
            }
        }
    }

    async fn invoke(&self, task: &str, queue: &str) {
        let max = self.world.random.number(1..101);
        self.redrive.invoke(&json!({ "task": task, "queue": queue, "max": max })).await;
    }

    /// Brings the views of a known order up to date.
    async fn catch_up(&self) {
        let orders = self.world.ledger.orders();
        if orders.is_empty() {
            return;
        }
        let order = self.world.random.one(&orders);
        let request = json!({ "task": "catch-up", "streams": [format!("order-{}", order.id)] });
        let report = self.redrive.invoke(&request).await;
        if let Some(RedriveReport::Work { worked, .. }) = report
            && worked.len() != 1
        {
            self.world.record_violation(format!("a catch-up of one stream reports {worked:?}"));
        }
    }
}
