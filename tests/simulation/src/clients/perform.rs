//! Asking: once, again where no answer came, twice at the same time.

use std::time::Duration;

use futures::future::join;
use testing::gateway::Answered;
use tokio::time::sleep;

use super::ledger::{KnownOrder, Seen};
use crate::functions::{Api, Caller, Request};

/// How often a command is sent at most: a client gives up, too.
const ATTEMPTS: u32 = 6;

/// How often a command without a key is sent by somebody who does not care what comes twice.
const CARELESS: u32 = 3;

/// Sends the command `request` until it is answered for good. An impatient client sends it twice at once.
///
/// Without a key nothing ties one try to another: whoever tries again asks for something new.
pub(crate) async fn perform(api: &Api, request: Request) {
    let is_careless = request.key.is_none() && api.world.dice.chance(500);
    for _ in 0..if is_careless { CARELESS } else { 1 } {
        let places = api.world.ledger.open(&request);
        if insist(api, &request, &places).await {
            return;
        }
    }
}

/// Sends a command again that `caller` has sent some time before, as after a restart; or nothing, if it has sent none.
pub(super) async fn repeat(api: &Api, caller: &Caller) {
    if let Some((places, request)) = api.world.ledger.any_earlier(caller, &api.world.dice) {
        insist(api, &request, &places).await;
    }
}

/// Sends `request` until it is answered for good, once where it has no key; whether it was.
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

/// Sends `request` once; whether it is answered for good.
async fn once(api: &Api, request: &Request, places: &[usize]) -> bool {
    let invocation = api.world.invocation();
    api.world.ledger.sent(places, &invocation);
    let Some(answered) = api.send(request, &invocation).await else { return false };
    if answered.status >= 500 && answered.body.get("detail").is_some() {
        api.world.violated(format!("a {} tells what happened inside", answered.status));
    }
    api.world.ledger.told(places, &invocation, &answered)
}

/// Looks at `order`, at the version it is known to have, and waits for it for up to `wait` seconds.
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
