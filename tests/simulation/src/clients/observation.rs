//! Queries that clients send while commands run.

use super::intent::{self, PRODUCTS};
use super::ledger::Observation;
use crate::functions::{Api, SimulatedCaller, SimulatedRequest};
use crate::world::World;

/// The most pages that a client reads of one list.
const PAGES: usize = 4;
/// The statuses that clients list.
const STATUSES: [&str; 5] = ["pending", "confirmed", "shipped", "delivered", "cancelled"];

/// Sends a query of `caller`, reads some of its pages and records them.
pub(super) async fn observe(api: &Api, caller: &SimulatedCaller) {
    let world = &api.world;
    let Some((mut seen, list)) = draw(world, caller) else { return };
    let first = seen.request.query.clone();
    let mut cursor = String::new();
    for _ in 0..PAGES {
        let request = SimulatedRequest { query: format!("{first}{cursor}"), ..seen.request.clone() };
        // A client that gets no answer keeps the pages before it.
        let Some(answered) = api.send(&request, &world.invocation()).await else { break };
        seen.is_early = !answered.header("retry-after").is_empty();
        if answered.status != 200 {
            seen.failure = Some((answered.status, answered.body));
            break;
        }
        let Some(list) = list else {
            seen.entries.push(answered.body);
            break;
        };
        seen.entries.extend(answered.body[list].as_array().unwrap().iter().cloned());
        match answered.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.during.end = world.commit_log.end();
    world.ledger.record_observation(seen);
}

/// The next query of `caller`, and the member of its answers that holds the entries; `None` for a query that answers
/// with one view. Without a known order, no history is queried.
fn draw(world: &World, caller: &SimulatedCaller) -> Option<(Observation, Option<&'static str>)> {
    let random = &world.random;
    let new = |route| SimulatedRequest::new(route, caller.clone());
    let began = world.commit_log.end();
    let observation = |request, filter| Observation {
        request,
        filter,
        min_version: 0,
        entries: Vec::new(),
        failure: None,
        is_early: false,
        during: began..began,
    };
    let limit = format!("&limit={}", random.number(1..5));
    let list = |route, (name, value): (&'static str, String)| {
        let request = SimulatedRequest { query: format!("{name}={value}{limit}"), ..new(route) };
        (observation(request, Some((name, value))), Some("items"))
    };
    Some(match random.number(0..if caller.is_admin { 7 } else { 6 }) {
        0 if caller.is_admin => {
            list("list-orders", ("user_id", (*random.one(&intent::CUSTOMERS)).to_owned()))
        }
        0 | 1 => list("list-orders", ("status", (*random.one(&STATUSES)).to_owned())),
        2 => list(
            "search-orders",
            ("q", (*random.one(&["anv", "ket", "trk", "post", "con", "an"])).to_owned()),
        ),
        3 => {
            let id = intent::any_order(world, caller)?.id;
            let query = limit.trim_start_matches('&').to_owned();
            let request = SimulatedRequest { id: Some(id), query, ..new("get-order-history") };
            (observation(request, None), Some("items"))
        }
        4 => {
            let query = limit.trim_start_matches('&').to_owned();
            (observation(SimulatedRequest { query, ..new("list-products") }, None), Some("items"))
        }
        5 => {
            let id = random.one(&PRODUCTS).0.to_owned();
            let min_version = random.number(0..3);
            let query = format!("min_version={min_version}");
            let (id, wait) = (Some(id), Some(random.number(0..4)));
            let request = SimulatedRequest { id, query, wait, ..new("get-product") };
            (Observation { min_version, ..observation(request, None) }, None)
        }
        _ => {
            let query = "from=2026-11-21&to=2026-11-28".to_owned();
            let request = SimulatedRequest { query, ..new("get-analytics/daily") };
            (observation(request, None), Some("totals"))
        }
    })
}
