//! The operator builds the other generation of the query table while the clients continue, compares it with the live one,
//! and switches queries between the two generations. Meanwhile somebody deploys the functions again.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use futures::future::{OptionFuture, join};
use operators::rebuild::{BuildReport, BuildState, RebuildReport};
use serde_json::{Value, json};
use tokio::time::sleep;
use view_store::{Difference, Generation};

use crate::functions::{Functions, Rebuild};
use crate::world::World;

/// The most scheduled invocations of the rebuild while the clients send requests, and again in the fair weather after
/// them.
const BUILDS: u32 = 60;
/// The most comparisons of the generations, and the most attempts of another task.
const ATTEMPTS: u32 = 4;
/// The most invocations to finish one comparison.
const PARTS: u32 = 20;

/// In how many of a thousand cut-overs the table that becomes live fails for some seconds.
const OUTAGES: u32 = 500;

/// The result of the operator's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CutOverReport {
    /// How often the rebuild was invoked.
    pub builds: u32,
    /// How many of these invocations failed or died.
    pub cut_off: u32,
    /// How often queries were switched to the other generation.
    pub cut_overs: u32,
    /// How many commands clients sent meanwhile.
    pub commands_meanwhile: usize,
    /// Whether the rebuild counted a held stream or an unreadable item.
    pub has_skipped: bool,
}

/// The operator and the result so far.
pub(crate) struct Operator {
    world: Arc<World>,
    functions: Arc<Functions>,
    rebuild: Rebuild,
    done: Mutex<CutOverReport>,
}

impl Operator {
    /// The operator, in about half of the worlds. The other worlds have no operator and use one generation only.
    pub(crate) fn from_world(world: &Arc<World>, functions: &Arc<Functions>) -> Option<Self> {
        let at_work = world.random.chance(500);
        at_work.then(|| Self {
            world: Arc::clone(world),
            functions: Arc::clone(functions),
            rebuild: Rebuild::deployed(world),
            done: Mutex::default(),
        })
    }

    /// Changes the generations while somebody deploys the functions, in some worlds.
    pub(crate) async fn work(&self) {
        let random = &self.world.random;
        let deployment = random.chance(500).then_some(async {
            sleep(random.millis(0..40_000)).await;
            self.functions.deploy_again().await;
        });
        join(self.change_generations(), OptionFuture::from(deployment)).await;
    }

    /// Builds the generation that is not live, switches queries to it once it equals the live one, and sometimes switches
    /// back and forth, or ends the use of the generation and builds it again.
    async fn change_generations(&self) {
        let random = &self.world.random;
        for _ in 0..random.number(1..3) {
            sleep(random.millis(0..2_000)).await;
            if !self.begin().await || !self.build().await {
                return;
            }
            let before = self.world.ledger.commands().len();
            for turn in 0..random.number(1..4) {
                if !self.is_equal().await || !self.switch(turn % 2 == 1).await {
                    break;
                }
                sleep(random.millis(0..1_500)).await;
            }
            self.done.lock().unwrap().commands_meanwhile += self.world.ledger.commands().len() - before;
            if random.chance(700) || !self.attempt(&json!({ "task": "end" })).await {
                return;
            }
        }
    }

    async fn begin(&self) -> bool {
        let empty = self.world.random.chance(300);
        self.attempt(&json!({ "task": "begin", "empty": empty })).await
    }

    /// Switches queries to the generation that was begun, or back. Returns whether they are switched.
    async fn switch(&self, is_back: bool) -> bool {
        let before = self.world.switch_log.live();
        if self.world.random.chance(OUTAGES) {
            self.plan_outage(before.other());
        }
        let task = if is_back { "roll_back" } else { "cut_over" };
        let is_switched = self.attempt(&json!({ "task": task })).await;
        if self.world.switch_log.live() != before {
            self.done.lock().unwrap().cut_overs += 1;
        }
        is_switched
    }

    /// Lets the table of `generation` fail about when a cut-over that begins now makes it live.
    fn plan_outage(&self, generation: Generation) {
        let random = &self.world.random;
        let settled = self.world.clock.millis()
            + u64::try_from(self.rebuild.settle_times().of_projections.as_millis()).unwrap();
        let begin = settled - random.number(0..3_000);
        self.world.outage.plan(generation, begin..begin + random.number(1_000..5_000));
    }

    /// Invokes the rebuild with `request` until the invocation succeeds. Returns whether one did.
    async fn attempt(&self, request: &Value) -> bool {
        for _ in 0..ATTEMPTS {
            let report = self.rebuild.invoke(request).await;
            self.invoked(report.is_none());
            if report.is_some() {
                return true;
            }
            // The schedule may come first, and ends a cut-over that has died.
            if self.world.random.chance(300) {
                self.rebuild.invoke(&json!({ "task": "build" })).await;
            }
        }
        false
    }

    /// The result so far.
    pub(crate) fn cut_over_report(&self) -> CutOverReport {
        *self.done.lock().unwrap()
    }

    /// Finishes the rebuild without faults.
    pub(crate) async fn finish(&self) {
        if self.world.switch_log.stage().is_some() && !self.build().await {
            self.world.record_violation(format!(
                "the rebuild is not done after {BUILDS} invocations without faults"
            ));
        }
    }

    /// Runs the rebuild of the generation that is not live again without faults, if a projection function reported that
    /// the generation missed streams, or if the rebuild reported streams or items that it could not read. Otherwise the
    /// generation must be complete without another run. The live generation must be complete in any case.
    pub(crate) async fn repair(&self) {
        let has_missed = self.world.missed_streams.load(Ordering::Relaxed) > 0;
        let is_in_use = self.world.switch_log.stage().is_some();
        if !is_in_use || (!has_missed && !self.done.lock().unwrap().has_skipped) {
            return;
        }
        self.rebuild.invoke(&json!({ "task": "build", "restart": true })).await;
        if !self.build().await {
            self.world.record_violation("another run of a rebuild is not done without faults".to_owned());
        }
    }

    /// The differences that a comparison finds; `None` if the comparison does not finish.
    pub(crate) async fn compare(&self) -> Option<Vec<Difference>> {
        let (mut request, mut differences) = (json!({ "task": "compare" }), Vec::new());
        for _ in 0..PARTS {
            let RebuildReport::Compare(report) = self.rebuild.invoke(&request).await? else { return None };
            differences.extend(report.differences);
            match report.next {
                Some(next) => request["from"] = json!(next),
                None => return Some(differences),
            }
        }
        None
    }

    /// Continues the rebuild like the schedule does. Returns whether the rebuild is finished.
    async fn build(&self) -> bool {
        for _ in 0..BUILDS {
            let request = json!({ "task": "build" });
            // The schedule may fire while the operator's invocation works.
            let scheduled =
                OptionFuture::from(self.world.random.chance(300).then(|| self.rebuild.invoke_once(&request)));
            let (report, _) = join(Box::pin(self.rebuild.invoke(&request)), Box::pin(scheduled)).await;
            self.invoked(report.is_none());
            let Some(RebuildReport::Build(BuildReport { state, progress, .. })) = report else { continue };
            let counts = progress.counts;
            self.done.lock().unwrap().has_skipped |= counts.held > 0 || counts.unreadable > 0;
            match state {
                BuildState::Done => return true,
                BuildState::Waiting => sleep(self.world.random.millis(500..4_000)).await,
                _ => sleep(self.world.random.millis(0..300)).await,
            }
        }
        false
    }

    /// Counts an invocation of the rebuild.
    fn invoked(&self, cut_off: bool) {
        let mut done = self.done.lock().unwrap();
        done.builds += 1;
        done.cut_off += u32::from(cut_off);
    }

    /// Whether one of several comparisons finds the generations equal.
    async fn is_equal(&self) -> bool {
        for _ in 0..ATTEMPTS {
            if self.compare().await.is_some_and(|differences| differences.is_empty()) {
                return true;
            }
        }
        false
    }
}
