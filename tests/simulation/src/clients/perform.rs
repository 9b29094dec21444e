//! Sends commands: once, repeatedly until an answer arrives, or twice at the same time.

use std::time::Duration;

use futures::future::join;
use testing::gateway::Answered;
use tokio::time::sleep;

use super::ledger::{KnownOrder, Seen};
use crate::functions::{Api, Caller, Request};

/// How often a client sends a command before it gives up.
const ATTEMPTS: u32 = 6;

/// How often a careless client sends a command without an idempotency key. Each attempt may take effect.
const CARELESS: u32 = 3;

/// Sends the command `request` until it gets a final answer. An impatient client sends the command twice at the same
/// time.
///
/// Without an idempotency key, each attempt counts as a new command.
pub(crate) async fn perform(api: &Api, request: Request) {
    let is_careless = request.key.is_none() && api.world.dice.chance(500);
    for _ in 0..if is_careless { CARELESS } else { 1 } {
        let places = api.world.ledger.open(&request);
        if insist(api, &request, &places).await {
            return;
        }
    }
}

/// Repeats an earlier command of `caller`, like a client after a restart. Does nothing if the caller has sent no
/// command.
pub(super) async fn repeat(api: &Api, caller: &Caller) {
    if let Some((places, request)) = api.world.ledger.any_earlier(caller, &api.world.dice) {
        insist(api, &request, &places).await;
    }
}

/// Sends `request` until it gets a final answer, but only once without an idempotency key. Returns whether it got one.
async fn insist(api: &Api, request: &Request, places: &[usize]) -> bool {
    let world = &api.world;
    let is_impatient = request.key.is_some() && world.dice.chance(100);
    let attempts = if request.key.is_some() { ATTEMPTS } else { 1 };
    for attempt in 1..=attempts {
        let is_answered = if is_impatient && attempt == 1 {
            world.ledger.doubled(places);
            let (one, other) = join(once(api, request, places), once(api, request, places)).await;
            one && other
        } else {
            once(api, request, places).await
        };
        if is_answered {
            return true;
        }
        sleep(Duration::from_millis(40) * attempt + world.dice.millis(0..80)).await;
    }
    false
}

/// Sends `request` once. Returns whether it got a final answer.
async fn once(api: &Api, request: &Request, places: &[usize]) -> bool {
    let invocation = api.world.invocation();
    api.world.ledger.sent(places, &invocation);
    let Some(answered) = api.send(request, &invocation).await else { return false };
    if answered.status >= 500 && answered.body.get("detail").is_some() {
        api.world
            .violated(format!("a response with the status {} reveals internal details", answered.status));
    }
    api.world.ledger.told(places, &invocation, &answered)
}

/// Queries `order` at its known version and waits up to `wait` seconds for that version.
pub(crate) async fn look(api: &Api, order: Option<KnownOrder>, wait: u64) {
    let Some(KnownOrder { id, owner, version, .. }) = order else { return };
    let caller = Caller { subject: owner, is_admin: false };
    let request = Request {
        id: Some(id.clone()),
        query: format!("min_version={version}"),
        wait: Some(wait),
        ..Request::new("get-order", caller)
    };
    let Some(answered) = api.send(&request, &api.world.invocation()).await else { return };
    let is_early = !Answered::header(&answered, "retry-after").is_empty();
    let Answered { status, body, .. } = answered;
    api.world.ledger.saw(Seen { order: id, asked: version, status, is_early, view: body });
}
