//! Sends commands: once, repeatedly until an answer arrives, or twice at the same time.

use std::time::Duration;

use futures::future::join;
use testing::gateway::Answered;
use tokio::time::sleep;

use super::ledger::{KnownOrder, QueryAnswer, Reception, SentInvocation};
use crate::functions::{Api, SimulatedCaller, SimulatedRequest};

/// How often a client sends a command before it gives up.
const ATTEMPTS: u32 = 6;

/// How often a careless client sends a command without an idempotency key. Each attempt may take effect.
const CARELESS: u32 = 3;

/// Sends the command `request` until a final answer arrives. An impatient client sends the command twice at the same
/// time.
///
/// Without an idempotency key, each attempt counts as a new command.
pub(crate) async fn perform(api: &Api, request: SimulatedRequest) {
    let is_careless = request.key.is_none() && api.world.random.chance(500);
    for _ in 0..if is_careless { CARELESS } else { 1 } {
        let indexes = api.world.ledger.record_commands(&request);
        if send_until_final(api, &request, &indexes).await {
            return;
        }
    }
}

/// Repeats an earlier command of `caller` under its idempotency key, like a client after a restart. Does nothing if the
/// caller has sent no command with a key.
pub(super) async fn repeat(api: &Api, caller: &SimulatedCaller) {
    if let Some((indexes, request)) = api.world.ledger.any_earlier(caller, &api.world.random) {
        send_until_final(api, &request, &indexes).await;
    }
}

/// Sends `request` until a final answer arrives. Without an idempotency key, sends the request only once. Returns
/// whether a final answer arrived.
async fn send_until_final(api: &Api, request: &SimulatedRequest, indexes: &[usize]) -> bool {
    let world = &api.world;
    let is_impatient = request.key.is_some() && world.random.chance(100);
    let attempts = if request.key.is_some() { ATTEMPTS } else { 1 };
    for attempt in 1..=attempts {
        let is_answered = if is_impatient && attempt == 1 {
            world.ledger.record_simultaneous_sends(indexes);
            let (one, other) = join(send_once(api, request, indexes), send_once(api, request, indexes)).await;
            one && other
        } else {
            send_once(api, request, indexes).await
        };
        if is_answered {
            return true;
        }
        sleep(Duration::from_millis(40) * attempt + world.random.millis(0..80)).await;
    }
    false
}

/// Sends `request` once. Returns whether a final answer arrived.
async fn send_once(api: &Api, request: &SimulatedRequest, indexes: &[usize]) -> bool {
    let world = &api.world;
    let (began, sent_at) = (world.commit_log.end(), world.clock.micros());
    let invocation = SentInvocation { id: world.invocation(), began, sent_at };
    world.ledger.record_invocation(indexes, &invocation);
    let Some(answered) = api.send(request, &invocation.id).await else { return false };
    if answered.status >= 500 && answered.body.get("detail").is_some() {
        world.record_violation(format!(
            "a response with the status {} reveals internal details",
            answered.status
        ));
    }
    let during = invocation.began..world.commit_log.end();
    let reception = Reception { answered: &answered, at: world.clock.micros(), during };
    world.ledger.record_answers(indexes, &invocation.id, reception)
}

/// Queries `order` at its known version and waits up to `wait` seconds for that version.
pub(crate) async fn query_order(api: &Api, order: Option<KnownOrder>, wait: u64) {
    let Some(KnownOrder { id, owner, version, .. }) = order else { return };
    let caller = SimulatedCaller { subject: owner, is_admin: false };
    let request = SimulatedRequest {
        id: Some(id.clone()),
        query: format!("min_version={version}"),
        wait: Some(wait),
        ..SimulatedRequest::new("get-order", caller)
    };
    let Some(answered) = api.send(&request, &api.world.invocation()).await else { return };
    let is_early = !Answered::header(&answered, "retry-after").is_empty();
    let Answered { status, body, .. } = answered;
    api.world.ledger.record_query(QueryAnswer {
        order: id,
        min_version: version,
        status,
        is_early,
        view: body,
    });
}
