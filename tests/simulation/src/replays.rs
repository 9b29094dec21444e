//! The operator who publishes events again: in some worlds while the clients work, and after failures of the reaction.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use operators::republish::RepublishRequest;
use serde_json::json;
use tokio::time::sleep;

use crate::functions::{RepublishFunction, failed_events, rule};
use crate::world::{FutureEvents, Replay, World};

/// The most invocations for one request under faults, and again without faults.
const INVOCATIONS: u32 = 8;
/// How far the clocks of the functions are ahead at most, in microseconds, and a little more.
const CLOCK_DIFFERENCE: i64 = 10_000_000;

/// The operator.
pub(crate) struct Replays {
    world: Arc<World>,
    republish: RepublishFunction,
    /// Whether the operator publishes events again while the clients work.
    is_planned: bool,
    /// The request that is not finished.
    open: Mutex<Option<OpenReplay>>,
}

/// A replay with the request that continues it.
#[derive(Clone)]
struct OpenReplay {
    replay: Replay,
    rest: RepublishRequest,
}

impl Replays {
    pub(crate) fn from_world(world: &Arc<World>) -> Self {
        let (republish, is_planned) = (RepublishFunction::deployed(world), world.random.chance(400));
        Self { world: Arc::clone(world), republish, is_planned, open: Mutex::default() }
    }

    /// Publishes events again while the clients send requests, and continues an interrupted request.
    pub(crate) async fn work(&self) {
        if !self.is_planned {
            return;
        }
        let random = &self.world.random;
        sleep(random.millis(200..4_000)).await;
        let mut open = self.begin(self.any_request());
        for _ in 0..INVOCATIONS {
            if self.go_on(&mut open).await {
                return;
            }
            sleep(random.millis(0..1_500)).await;
        }
        *self.open.lock().unwrap() = Some(open);
    }

    /// Finishes the request that faults have interrupted.
    pub(crate) async fn finish(&self) {
        let open = self.open.lock().unwrap().take();
        if let Some(open) = open {
            self.complete(open).await;
        }
    }

    /// Publishes the events again that the reaction could not handle, for its rule only, as `docs/add-a-reaction.md`
    /// describes it. An earlier rule did not select the events of a new type, so the operator publishes all events then.
    pub(crate) async fn repair_reactions(&self) {
        let world = &self.world;
        let failed = failed_events(world);
        world.reaction_failures.clear();
        let of_event =
            |stream, version| json!({ "task": "stream", "stream": stream, "from": version, "to": version });
        let mut requests: Vec<_> =
            failed.iter().map(|event| of_event(&event.stream, event.version)).collect();
        if world.deployment.future_events() == Some(FutureEvents::Type) {
            requests.push(json!({ "task": "all" }));
        }
        for mut request in requests {
            request["rule"] = json!(rule());
            self.complete(self.begin(serde_json::from_value(request).unwrap())).await;
        }
        world.wait_for_rest().await;
        let left = failed_events(world);
        if !left.is_empty() {
            world.record_violation(format!("without faults, the reaction fails for {left:?}"));
        }
    }

    /// A request for a stream, for a time or for everything.
    fn any_request(&self) -> RepublishRequest {
        let (world, random) = (&self.world, &self.world.random);
        let time = |micros| es_core::Timestamp::from_micros(micros).unwrap();
        let now = world.clock.micros();
        let orders = world.ledger.orders();
        let mut request = match random.number(0..4) {
            0 if !orders.is_empty() => {
                let (stream, from) = (format!("order-{}", random.one(&orders).id), random.number(1..3));
                json!({ "task": "stream", "stream": stream, "from": from })
            }
            0 | 1 => {
                let since = now - CLOCK_DIFFERENCE + i64::try_from(random.number(0..10_000)).unwrap() * 1_000;
                json!({ "task": "time", "since": time(since), "until": time(now + CLOCK_DIFFERENCE) })
            }
            _ => json!({ "task": "all" }),
        };
        request["per_second"] = json!(random.one(&[20, 200, 1_000]));
        if random.chance(300) {
            request["rule"] = json!(rule());
        }
        serde_json::from_value(request).unwrap()
    }

    fn begin(&self, request: RepublishRequest) -> OpenReplay {
        let (commits, published) = (self.world.commit_log.end(), self.world.bus.end());
        let replay = Replay { request: request.clone(), commits, published: published..published };
        OpenReplay { replay, rest: request }
    }

    /// Continues `open` without faults until it is finished.
    async fn complete(&self, mut open: OpenReplay) {
        for _ in 0..INVOCATIONS {
            if self.go_on(&mut open).await {
                return;
            }
            sleep(Duration::from_secs(1)).await;
        }
        self.world.record_violation(format!("without faults, {:?} is not finished", open.rest));
    }

    /// Continues `open` with one invocation. Returns whether it is finished. An invocation that died is repeated.
    async fn go_on(&self, open: &mut OpenReplay) -> bool {
        let Some(report) = self.republish.invoke(&open.rest).await else { return false };
        if let Some(rest) = report.rest {
            open.rest = rest;
            return false;
        }
        open.replay.published.end = self.world.bus.end();
        self.world.replay_log.record(open.replay.clone());
        true
    }
}
