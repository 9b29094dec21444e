//! Checks the answers that callers got. An acknowledged command is in the event table once, at the version in the
//! answer. A command is executed at most once while its idempotency key is remembered. A query returned the order as it
//! was at some version.

use domain::order::{Order, OrderId};
use domain::product::{ProductId, ProductState};
use es_core::{Commit, Decider, IdempotencyKey, StreamId};
use serde_json::Value;
use shop_testing::expected::for_customer;

use super::event_table::{EventTable, Violation, is_remembered, order_at, order_view, product_at};
use crate::clients::{CommandAnswer, Ledger, QueryAnswer, SentCommand};
use crate::functions::{Route, SimulatedRequest};
use crate::world::World;

/// Checks that acknowledged commands are in the event table once.
pub(super) fn commands_are_stored_once(event_table: &EventTable, world: &World) -> Result<(), Violation> {
    for sent in world.ledger.commands() {
        is_stored_at_most_once(event_table, world, &sent)?;
        for answer in &sent.answers {
            let checked = match answer.status {
                200..300 => is_stored(event_table, &sent, answer),
                _ if answer.has_problem("idempotency-key-reused") => uses_own_key_again(event_table, &sent),
                _ => Ok(()),
            };
            checked.map_err(|why| format!("{why}: {sent:?} got {answer:?}"))?;
        }
    }
    Ok(())
}

/// Whether `commit` was made by the caller and under the idempotency key of `sent`. The same key of another caller is
/// another key.
fn has_key_of(commit: &Commit, sent: &SentCommand) -> bool {
    let key = sent.request.key.as_deref();
    key == Some(commit.metadata.key.as_str()) && commit.metadata.actor == sent.request.caller.subject
}

/// Checks that a command made at most one commit while its key is remembered, even if it was sent in several
/// invocations, and at the version that the command expected. A command that was executed must not be refused in this
/// time, unless the client sent it twice at the same time, or the catalog refused it before an earlier attempt took
/// effect.
fn is_stored_at_most_once(
    event_table: &EventTable,
    world: &World,
    sent: &SentCommand,
) -> Result<(), Violation> {
    let sent_in = |invocation: &str| sent.invocations.iter().position(|sent| sent.id == invocation);
    let commits = event_table.streams().flat_map(|(_, commits)| commits);
    let commits: Vec<_> = commits.filter(|commit| !sent.in_batch || has_key_of(commit, sent)).collect();
    let made = |commit: &Commit| {
        let position = world.commit_log.position(&commit.stream, commit.last().get());
        Some((sent_in(&commit.metadata.causation_id)?, commit.metadata.occurred_at.micros(), position))
    };
    let is_at_another_version = |commit: &Commit| {
        let expected = sent.request.if_match.map(|version| version + 1);
        sent_in(&commit.metadata.causation_id).is_some()
            && expected.is_some_and(|it| it != commit.first.get())
    };
    if commits.iter().any(|commit| is_at_another_version(commit)) {
        return Err(format!("the stream was at another version than `If-Match` said: {sent:?}"));
    }
    let mut made: Vec<_> = commits.into_iter().filter_map(made).collect();
    made.sort_unstable();
    if made.windows(2).any(|pair| is_remembered(pair[0].1, pair[1].1)) {
        return Err(format!("one command made {} commits: {sent:?}", made.len()));
    }
    let is_refused = |answer: &&CommandAnswer| {
        let is_refusal = (400..500).contains(&answer.status) && !answer.may_change();
        let is_by_catalog = sent.request.route == "create-order" && answer.has_problem("invalid-value");
        is_refusal
            && made.iter().any(|(invocation, at, position)| {
                let came_later = is_by_catalog && *position >= Some(answer.during.start);
                sent_in(&answer.invocation) > Some(*invocation)
                    && is_remembered(*at, answer.at)
                    && !came_later
            })
    };
    match sent.answers.iter().find(is_refused) {
        Some(refusal) if !sent.is_sent_twice => {
            Err(format!("a command was executed and later refused by {refusal:?}: {sent:?}"))
        }
        _ => Ok(()),
    }
}

/// Checks that a command whose key was refused as used comes from a caller who has used the key on the same stream.
fn uses_own_key_again(event_table: &EventTable, sent: &SentCommand) -> Result<(), Violation> {
    let stream = addressed_stream(&sent.request);
    let is_used = event_table.stream(&stream).iter().any(|commit| has_key_of(commit, sent));
    if is_used { Ok(()) } else { Err("the caller has not used the key before".to_owned()) }
}

/// The stream that `request` changes. A new order without an idempotency key has no known stream.
pub(super) fn addressed_stream(request: &SimulatedRequest) -> StreamId {
    let SimulatedRequest { route, id, key, caller, .. } = request;
    let id = id.clone().unwrap_or_default();
    match *route {
        "register-product" | "discontinue-product" => ProductId::try_from(id).unwrap().stream(),
        "create-order" => {
            let key = IdempotencyKey::try_from(key.clone().unwrap_or_default()).unwrap();
            OrderId::derived(&caller.subject, &key).stream()
        }
        _ => StreamId::new(Order::CATEGORY, id.parse().unwrap()),
    }
}

/// Checks that the acknowledged command `sent` is in the event table at the version in `answer`, or that it had nothing
/// to change.
fn is_stored(event_table: &EventTable, sent: &SentCommand, answer: &CommandAnswer) -> Result<(), Violation> {
    let commits = event_table.stream(&stream_in_receipt(&answer.body));
    let version = answer.body["version"].as_u64().unwrap();
    let status = match sent.request.route {
        "register-product" | "discontinue-product" => product_at(commits, version).name(),
        _ => order_at(commits, version).name(),
    };
    if answer.body["status"] != status {
        return Err(format!("at version {version} the status is {status}"));
    }
    let is_new = |commit: &Commit| commit.metadata.causation_id == answer.invocation;
    let at_version = commits.iter().find(|commit| commit.last().get() == version);
    match at_version {
        Some(commit) if answer.is_replay && has_key_of(commit, sent) => return is_result_of(commit, sent),
        _ if answer.is_replay => return Err("the answer is the one of another command".to_owned()),
        Some(commit) if is_new(commit) && (sent.request.key.is_none() || has_key_of(commit, sent)) => {
            return is_result_of(commit, sent);
        }
        _ => {}
    }
    let earlier = commits.iter().filter(|commit| commit.last().get() <= version);
    let mut own = earlier.filter(|commit| has_key_of(commit, sent));
    match own.find(|commit| is_remembered(commit.metadata.occurred_at.micros(), answer.at)) {
        Some(commit) => {
            Err(format!("the key of the command's commit at version {} is forgotten", commit.last()))
        }
        None if had_nothing_to_change(commits, version, sent) => Ok(()),
        None => Err("the command has no commit at that version".to_owned()),
    }
}

/// Checks that `commit` has the events that `sent` asks for. A repeated request may expect another version than the
/// request that made the commit, because it is answered before its precondition is compared.
fn is_result_of(commit: &Commit, sent: &SentCommand) -> Result<(), Violation> {
    let expected = event_type(sent.request.route);
    let data = |name: &str| commit.events[0].data[name] == sent.request.body[name];
    let is_same = match sent.request.route {
        "ship-order" => data("tracking_number") && data("carrier"),
        "cancel-order" => data("reason"),
        "create-order" => has_items_of(commit, sent),
        _ => true,
    };
    if !commit.events[0].event_type.starts_with(expected) || !is_same {
        return Err(format!("the command's commit has the events {:?}", commit.events));
    }
    Ok(())
}

/// The start of the event type that the command `route` adds.
pub(super) fn event_type(route: Route) -> &'static str {
    match route {
        "create-order" => "OrderCreated",
        "confirm-order" => "OrderConfirmed",
        "ship-order" => "OrderShipped",
        "deliver-order" => "OrderDelivered",
        "cancel-order" => "OrderCancelled",
        "discontinue-product" => "ProductDiscontinued",
        _ => "Product",
    }
}

/// Whether the order that `commit` creates has the items that `sent` asks for, and the prices that `sent` claims.
fn has_items_of(commit: &Commit, sent: &SentCommand) -> bool {
    let [ordered, wanted] = [&commit.events[0].data, &sent.request.body].map(|order| &order["items"]);
    let (ordered, wanted) = (ordered.as_array().unwrap(), wanted.as_array().unwrap());
    let is_wanted = |(ordered, wanted): (&Value, &Value)| {
        let is_same = |name: &str| ordered[name] == wanted[name];
        let is_claimed = wanted.get("unit_price_cents").is_some();
        is_same("product_id") && is_same("quantity") && (!is_claimed || is_same("unit_price_cents"))
    };
    ordered.len() == wanted.len() && ordered.iter().zip(wanted).all(is_wanted)
}

/// Whether a command without a commit had nothing to change at `version`.
fn had_nothing_to_change(commits: &[Commit], version: u64, sent: &SentCommand) -> bool {
    let body = &sent.request.body;
    match sent.request.route {
        "discontinue-product" => product_at(commits, version) == ProductState::Discontinued,
        "register-product" => match product_at(commits, version) {
            ProductState::Active(offer) => {
                body["name"] == offer.name && body["unit_price_cents"] == offer.unit_price_cents
            }
            _ => false,
        },
        _ => false,
    }
}

/// The stream that a receipt names.
pub(super) fn stream_in_receipt(receipt: &Value) -> StreamId {
    match receipt["product_id"].as_str() {
        Some(product) => ProductId::try_from(product.to_owned()).unwrap().stream(),
        None => StreamId::new(Order::CATEGORY, receipt["order_id"].as_str().unwrap().parse().unwrap()),
    }
}

/// Checks that queries returned orders as they were at some version. A query that waited for a version must return that
/// version or a later one.
pub(super) fn queries_return_versions(event_table: &EventTable, ledger: &Ledger) -> Result<(), Violation> {
    let all = ledger.queries();
    all.iter().try_for_each(|answer| {
        is_some_version(event_table, answer).map_err(|why| format!("{why}: {answer:?}"))
    })
}

/// Checks that `answer` shows the order as it was at some version.
fn is_some_version(event_table: &EventTable, answer: &QueryAnswer) -> Result<(), Violation> {
    let QueryAnswer { order, min_version, status, is_early, view } = answer;
    match status {
        200 => {
            let version = view["version"].as_u64().unwrap();
            let commits = event_table.stream(&StreamId::new(Order::CATEGORY, order.parse().unwrap()));
            // The order's customer has sent the query.
            let expected = for_customer(order_view(order, commits, version));
            if *view != expected {
                return Err(format!("at version {version} the order is {expected}"));
            }
            if version < *min_version && !is_early {
                return Err(format!("the caller waited for version {min_version}"));
            }
            Ok(())
        }
        404 if *is_early && *min_version > 0 => Ok(()),
        500.. => Ok(()),
        _ => Err("the order exists".to_owned()),
    }
}
