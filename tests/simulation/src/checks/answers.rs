//! Checks the answers that callers got. An acknowledged command is in the event table once, at the version in the
//! answer. A command is executed at most once. A query returned the order as it was at some version.

use domain::order::Order;
use domain::product::{ProductId, ProductState};
use es_core::{Commit, Decider, StreamId};
use serde_json::Value;

use super::past::{Past, Violation, order_at, order_view, product_at};
use crate::clients::{CommandAnswer, Ledger, QueryAnswer, SentCommand};

/// Checks that acknowledged commands are in the event table once.
pub(super) fn commands_are_stored_once(past: &Past, ledger: &Ledger) -> Result<(), Violation> {
    for sent in ledger.commands() {
        is_stored_at_most_once(past, &sent)?;
        for answer in sent.answers.iter().filter(|answer| (200..300).contains(&answer.status)) {
            is_stored(past, &sent, answer).map_err(|why| format!("{why}: {sent:?} got {answer:?}"))?;
        }
    }
    Ok(())
}

/// Checks that a command made at most one commit, even if it was sent in several invocations. A command that was
/// executed must not be refused later, unless the client sent it twice at the same time.
fn is_stored_at_most_once(past: &Past, sent: &SentCommand) -> Result<(), Violation> {
    let sent_in = |invocation: &str| sent.invocations.iter().position(|id| id == invocation);
    let is_its = |commit: &&Commit| match &sent.request.key {
        _ if !sent.in_batch => true,
        Some(key) => commit.metadata.key.as_str() == key,
        None => false,
    };
    let commits = past.streams().flat_map(|(_, commits)| commits).filter(is_its);
    let made: Vec<_> = commits.filter_map(|commit| sent_in(&commit.metadata.causation_id)).collect();
    let [made] = made.as_slice() else {
        return if made.is_empty() {
            Ok(())
        } else {
            Err(format!("one command made {} commits: {sent:?}", made.len()))
        };
    };
    let is_refusal = |answer: &&CommandAnswer| (400..500).contains(&answer.status) && !answer.may_change();
    let later = |answer: &&CommandAnswer| sent_in(&answer.invocation) > Some(*made);
    match sent.answers.iter().filter(is_refusal).find(later) {
        Some(refusal) if !sent.is_sent_twice => {
            Err(format!("a command was executed and later refused by {refusal:?}: {sent:?}"))
        }
        _ => Ok(()),
    }
}

/// Checks that the acknowledged command `sent` is in the event table at the version in `answer`, or that it had nothing
/// to change.
fn is_stored(past: &Past, sent: &SentCommand, answer: &CommandAnswer) -> Result<(), Violation> {
    let commits = past.stream(&stream(&answer.body));
    let version = answer.body["version"].as_u64().unwrap();
    let is_its = |commit: &&Commit| match &sent.request.key {
        Some(key) => commit.metadata.key.as_str() == key,
        None => sent.invocations.contains(&commit.metadata.causation_id) && commit.last().get() == version,
    };
    let status = match sent.request.route {
        "register-product" | "discontinue-product" => product_at(commits, version).name(),
        _ => order_at(commits, version).name(),
    };
    if answer.body["status"] != status {
        return Err(format!("at version {version} the status is {status}"));
    }
    match commits.iter().find(is_its) {
        Some(commit) if commit.last().get() == version => is_result_of(commit, sent),
        _ if had_nothing_to_change(commits, version, sent) => Ok(()),
        Some(commit) => Err(format!("the command's commit is at version {}", commit.last())),
        None => Err("the command has no commit".to_owned()),
    }
}

/// Checks that `commit` has the events that `sent` asks for, at the expected version.
fn is_result_of(commit: &Commit, sent: &SentCommand) -> Result<(), Violation> {
    let expected = match sent.request.route {
        "create-order" => "OrderCreated",
        "confirm-order" => "OrderConfirmed",
        "ship-order" => "OrderShipped",
        "deliver-order" => "OrderDelivered",
        "cancel-order" => "OrderCancelled",
        "discontinue-product" => "ProductDiscontinued",
        _ => "Product",
    };
    let data = |name: &str| commit.events[0].data[name] == sent.request.body[name];
    let is_same = match sent.request.route {
        "ship-order" => data("tracking_number") && data("carrier"),
        "cancel-order" => data("reason"),
        _ => true,
    };
    if !commit.events[0].event_type.starts_with(expected) || !is_same {
        return Err(format!("the command's commit has the events {:?}", commit.events));
    }
    match sent.request.if_match {
        Some(version) if commit.first.get() != version + 1 => {
            Err("the stream was at another version than `If-Match` said".to_owned())
        }
        _ => Ok(()),
    }
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
fn stream(receipt: &Value) -> StreamId {
    match receipt["product_id"].as_str() {
        Some(product) => ProductId::try_from(product.to_owned()).unwrap().stream(),
        None => StreamId::new(Order::CATEGORY, receipt["order_id"].as_str().unwrap().parse().unwrap()),
    }
}

/// Checks that queries returned orders as they were at some version. A query that waited for a version must return that
/// version or a later one.
pub(super) fn queries_return_versions(past: &Past, ledger: &Ledger) -> Result<(), Violation> {
    let all = ledger.queries();
    all.iter()
        .try_for_each(|answer| is_some_version(past, answer).map_err(|why| format!("{why}: {answer:?}")))
}

/// Checks that `answer` shows the order as it was at some version.
fn is_some_version(past: &Past, answer: &QueryAnswer) -> Result<(), Violation> {
    let QueryAnswer { order, min_version, status, is_early, view } = answer;
    match status {
        200 => {
            let version = view["version"].as_u64().unwrap();
            let commits = past.stream(&StreamId::new(Order::CATEGORY, order.parse().unwrap()));
            let expected = order_view(order, commits, version);
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
