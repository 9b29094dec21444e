//! Checks that streams have no gap, that the rules allow each event after its predecessor, and that no idempotency key
//! occurs twice in a stream.

use std::collections::BTreeMap;

use domain::order::{OrderEvent, OrderStatus};
use domain::product::{ProductEvent, ProductState};
use es_core::{Commit, Metadata, StreamId};
use serde_json::json;

use super::event_table::{EventTable, Violation, events, is_remembered, order_at, product_at};

/// Checks all streams.
pub(super) fn are_sound(event_table: &EventTable) -> Result<(), Violation> {
    for (stream, commits) in event_table.streams() {
        are_contiguous(stream, commits)?;
        have_their_own_keys(stream, commits)?;
    }
    for (order, commits) in event_table.orders() {
        for recorded in events::<OrderEvent>(commits, u64::MAX) {
            let before = order_at(commits, recorded.version.get() - 1).status();
            let event = json!(recorded.event);
            if !may_follow(before, event["type"].as_str().unwrap_or_default()) {
                return Err(format!("order {order} has {:?} after {before:?}", recorded.event));
            }
        }
    }
    for commits in event_table.products() {
        for recorded in events::<ProductEvent>(commits, u64::MAX) {
            let before = product_at(commits, recorded.version.get() - 1);
            let is_first = matches!(recorded.event, ProductEvent::ProductRegistered(_));
            let is_due = if is_first {
                before == ProductState::Missing
            } else {
                matches!(before, ProductState::Active(_))
            };
            if !is_due {
                return Err(format!("{} has {:?} after {before:?}", recorded.stream, recorded.event));
            }
        }
    }
    Ok(())
}

fn are_contiguous(stream: &StreamId, commits: &[Commit]) -> Result<(), Violation> {
    let mut next = 1;
    for commit in commits {
        if commit.first.get() != next {
            return Err(format!("{stream} continues at version {} instead of {next}", commit.first));
        }
        next = commit.last().get() + 1;
    }
    Ok(())
}

/// Checks that a caller has no two commits under one key within the time that keys are remembered.
fn have_their_own_keys(stream: &StreamId, commits: &[Commit]) -> Result<(), Violation> {
    let mut keys = BTreeMap::new();
    for commit in commits {
        let Metadata { actor, key, occurred_at, .. } = &commit.metadata;
        let before = keys.insert((actor, key.as_str()), occurred_at.micros());
        if before.is_some_and(|before| is_remembered(before, occurred_at.micros())) {
            return Err(format!("{stream} has two commits of {actor} under the idempotency key {key}"));
        }
    }
    Ok(())
}

/// Whether the rules of an order allow an event of this type after the status `before`.
pub(super) fn may_follow(before: Option<OrderStatus>, event_type: &str) -> bool {
    use OrderStatus::{Confirmed, Pending, Shipped};
    match event_type {
        "OrderCreated" => before.is_none(),
        "OrderConfirmed" => before == Some(Pending),
        "OrderShipped" => before == Some(Confirmed),
        "OrderDelivered" => before == Some(Shipped),
        "OrderCancelled" => matches!(before, Some(Pending | Confirmed)),
        _ => false,
    }
}
