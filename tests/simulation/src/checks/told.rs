//! Checks the answers that callers got. An acknowledged command is in the event table once, at the version in the
//! answer. A command is executed at most once. A query returned the order as it was at some version.

use domain::order::Order;
use domain::product::{ProductId, ProductState};
use es_core::{Commit, Decider, StreamId};
use serde_json::Value;

use super::past::{Past, Violation, order_at, order_view, product_at};
use crate::clients::{Asked, Ledger, Seen, Told};

/// Checks that acknowledged commands are in the event table once.
pub(super) fn is_there_once(past: &Past, ledger: &Ledger) -> Result<(), Violation> {
    for asked in ledger.asked() {
        is_there_once_at_most(past, &asked)?;
        for told in asked.told.iter().filter(|told| (200..300).contains(&told.status)) {
            is_there(past, &asked, told).map_err(|why| format!("{why}: {asked:?} was told {told:?}"))?;
        }
    }
    Ok(())
}

/// Checks that a command made at most one commit, even if it was sent in several invocations. A command that was
/// executed must not be refused later, unless the client sent it twice at the same time.
fn is_there_once_at_most(past: &Past, asked: &Asked) -> Result<(), Violation> {
    let sent_in = |invocation: &str| asked.invocations.iter().position(|sent| sent == invocation);
    let is_of_it = |commit: &&Commit| match &asked.request.key {
        _ if !asked.in_batch => true,
        Some(key) => commit.metadata.key.as_str() == key,
        None => false,
    };
    let commits = past.streams().flat_map(|(_, commits)| commits).filter(is_of_it);
    let made: Vec<_> = commits.filter_map(|commit| sent_in(&commit.metadata.causation_id)).collect();
    let [made] = made.as_slice() else {
        return if made.is_empty() {
            Ok(())
        } else {
            Err(format!("one command made {} commits: {asked:?}", made.len()))
        };
    };
    let is_refusal = |told: &&Told| (400..500).contains(&told.status) && !told.is_passing();
    let later = |told: &&Told| sent_in(&told.invocation) > Some(*made);
    match asked.told.iter().filter(is_refusal).find(later) {
        Some(refusal) if !asked.is_doubled => {
            Err(format!("a command was executed and later refused by {refusal:?}: {asked:?}"))
        }
        _ => Ok(()),
    }
}

fn is_there(past: &Past, asked: &Asked, told: &Told) -> Result<(), Violation> {
    let commits = past.stream(&stream(&told.body));
    let version = told.body["version"].as_u64().unwrap();
    let is_of_it = |commit: &&Commit| match &asked.request.key {
        Some(key) => commit.metadata.key.as_str() == key,
        None => asked.invocations.contains(&commit.metadata.causation_id) && commit.last().get() == version,
    };
    let status = match asked.request.route {
        "register-product" | "discontinue-product" => product_at(commits, version).name(),
        _ => order_at(commits, version).name(),
    };
    if told.body["status"] != status {
        return Err(format!("at version {version} the status is {status}"));
    }
    match commits.iter().find(is_of_it) {
        Some(commit) if commit.last().get() == version => says_what_was_asked(commit, asked),
        _ if was_so_already(commits, version, asked) => Ok(()),
        Some(commit) => Err(format!("the command's commit is at version {}", commit.last())),
        None => Err("the command has no commit".to_owned()),
    }
}

fn says_what_was_asked(commit: &Commit, asked: &Asked) -> Result<(), Violation> {
    let expected = match asked.request.route {
        "create-order" => "OrderCreated",
        "confirm-order" => "OrderConfirmed",
        "ship-order" => "OrderShipped",
        "deliver-order" => "OrderDelivered",
        "cancel-order" => "OrderCancelled",
        "discontinue-product" => "ProductDiscontinued",
        _ => "Product",
    };
    let data = |name: &str| commit.events[0].data[name] == asked.request.body[name];
    let is_same = match asked.request.route {
        "ship-order" => data("tracking_number") && data("carrier"),
        "cancel-order" => data("reason"),
        _ => true,
    };
    if !commit.events[0].event_type.starts_with(expected) || !is_same {
        return Err(format!("the command's commit has the events {:?}", commit.events));
    }
    match asked.request.if_match {
        Some(version) if commit.first.get() != version + 1 => {
            Err("the stream was at another version than `If-Match` said".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether a command without a commit had nothing to change at `version`.
fn was_so_already(commits: &[Commit], version: u64, asked: &Asked) -> bool {
    let body = &asked.request.body;
    match asked.request.route {
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
fn stream(receipt: &Value) -> StreamId {
    match receipt["product_id"].as_str() {
        Some(product) => ProductId::try_from(product.to_owned()).unwrap().stream(),
        None => StreamId::new(Order::CATEGORY, receipt["order_id"].as_str().unwrap().parse().unwrap()),
    }
}

/// Checks that queries returned orders as they were at some version. A query that waited for a version must return that
/// version or a later one.
pub(super) fn was_seen(past: &Past, ledger: &Ledger) -> Result<(), Violation> {
    let all = ledger.seen();
    all.iter().try_for_each(|seen| one(past, seen).map_err(|why| format!("{why}: {seen:?}")))
}

fn one(past: &Past, seen: &Seen) -> Result<(), Violation> {
    let Seen { order, asked, status, is_early, view } = seen;
    match status {
        200 => {
            let version = view["version"].as_u64().unwrap();
            let commits = past.stream(&StreamId::new(Order::CATEGORY, order.parse().unwrap()));
            let expected = order_view(order, commits, version);
            if *view != expected {
                return Err(format!("at version {version} the order is {expected}"));
            }
            if version < *asked && !is_early {
                return Err(format!("the caller waited for version {asked}"));
            }
            Ok(())
        }
        404 if *is_early && *asked > 0 => Ok(()),
        500.. => Ok(()),
        _ => Err("the order exists".to_owned()),
    }
}
