//! The operator builds a second generation of the query table while the clients continue, compares it with the first,
//! and switches queries between the two generations.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{OptionFuture, join};
use operators::rebuild::{BuildState, RebuildReport};
use serde_json::json;
use tokio::time::sleep;
use view_store::Difference;

use crate::Mutation;
use crate::aws::empty_table;
use crate::functions::Rebuild;
use crate::world::{Function, Generation, World};

/// The most scheduled invocations of the rebuild while the clients send requests, and again in the fair weather after
/// them.
const BUILDS: u32 = 40;
/// The most comparisons of the generations.
const COMPARISONS: u32 = 4;
/// The most invocations to finish one comparison.
const PARTS: u32 = 20;

/// How long the table of a generation that is no longer fed can still get writes: the timeout of a projection function,
/// and the slowest request. A write of a checkpoint after the postings were deleted would claim postings that are gone.
const LAST_WRITES: Duration = Duration::from_secs(35);

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
    /// The rebuild of the green generation.
    rebuild: Rebuild,
    /// The rebuild of the blue generation. It runs only if the blue generation missed commits after a cut-over.
    rebuild_of_blue: Rebuild,
    done: Mutex<CutOverReport>,
}

impl Operator {
    /// The operator, in about half of the worlds. The other worlds have no operator and use one generation only.
    pub(crate) fn from_world(world: &Arc<World>) -> Option<Self> {
        let at_work = world.random.chance(500);
        at_work.then(|| Self {
            world: Arc::clone(world),
            rebuild: Rebuild::deployed(world, Generation::Green),
            rebuild_of_blue: Rebuild::deployed(world, Generation::Blue),
            done: Mutex::default(),
        })
    }

    /// Builds the green generation, switches queries to it once it equals the blue one, and sometimes switches back
    /// after another comparison.
    pub(crate) async fn change_generations(&self) {
        let random = &self.world.random;
        sleep(random.millis(0..2_000)).await;
        if self.world.has(Mutation::RebuildBegunEarly) {
            self.build(&self.rebuild).await;
        }
        self.feed_both().await;
        if !self.build(&self.rebuild).await {
            return;
        }
        if random.chance(250) && !self.start_over().await {
            return;
        }
        let before = self.world.ledger.commands().len();
        for _ in 0..random.number(1..4) {
            if !self.is_equal().await {
                break;
            }
            let next = self.world.deployment.live().other();
            self.world.deployment.cut_over(next);
            self.world.trace.note(format!("{} {next:?} is read", self.world.clock.millis()));
            self.done.lock().unwrap().cut_overs += 1;
            sleep(random.millis(0..1_500)).await;
        }
        self.done.lock().unwrap().commands_meanwhile = self.world.ledger.commands().len() - before;
    }

    async fn feed_both(&self) {
        for function in Function::that_write_views() {
            sleep(self.world.random.millis(0..150)).await;
            self.world.deployment.feed_both(function);
        }
    }

    /// Ends the rebuild of the green generation, deletes the content of its table, and builds the generation again.
    /// Returns whether the rebuild is finished.
    async fn start_over(&self) -> bool {
        for function in Function::that_write_views() {
            sleep(self.world.random.millis(0..150)).await;
            self.world.deployment.feed_live_only(function);
        }
        sleep(LAST_WRITES).await;
        empty_table(&self.world, Generation::Green.table());
        self.feed_both().await;
        self.build(&self.rebuild).await
    }

    /// The result so far.
    pub(crate) fn cut_over_report(&self) -> CutOverReport {
        *self.done.lock().unwrap()
    }

    /// Finishes the rebuild without faults.
    pub(crate) async fn finish(&self) {
        if !self.build(&self.rebuild).await {
            self.world.record_violation(format!(
                "the rebuild is not done after {BUILDS} invocations without faults"
            ));
        }
    }

    /// Runs the rebuilds of both generations again without faults, if a projection function reported that the second
    /// generation missed streams, or if the rebuild reported streams or items that it could not read. Otherwise both
    /// generations must be complete without another run.
    pub(crate) async fn repair(&self) {
        let has_missed = self.world.missed_streams.load(Ordering::Relaxed) > 0;
        if !has_missed && !self.done.lock().unwrap().has_skipped {
            return;
        }
        for rebuild in [&self.rebuild, &self.rebuild_of_blue] {
            rebuild.invoke(&json!({ "task": "build", "restart": true })).await;
            if !self.build(rebuild).await {
                self.world.record_violation("another run of a rebuild is not done without faults".to_owned());
            }
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

    /// Continues `rebuild` like the schedule does. Returns whether the rebuild is finished.
    async fn build(&self, rebuild: &Rebuild) -> bool {
        for _ in 0..BUILDS {
            let request = json!({ "task": "build" });
            // The schedule may fire while the operator's invocation works.
            let scheduled =
                OptionFuture::from(self.world.random.chance(300).then(|| rebuild.invoke_once(&request)));
            let (report, _) = join(Box::pin(rebuild.invoke(&request)), Box::pin(scheduled)).await;
            self.invoked(report.is_none());
            if let Some(RebuildReport::Build(report)) = &report {
                let counts = report.progress.counts;
                self.done.lock().unwrap().has_skipped |= counts.held > 0 || counts.unreadable > 0;
            }
            match report {
                Some(RebuildReport::Build(report)) if report.state == BuildState::Done => return true,
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
        for _ in 0..COMPARISONS {
            if self.compare().await.is_some_and(|differences| differences.is_empty()) {
                return true;
            }
        }
        false
    }
}
