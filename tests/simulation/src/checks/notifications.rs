//! Checks the reaction: each confirmed order has one notification, and no other order has one.

use std::collections::BTreeMap;

use domain::notification::{Notification, NotificationEvent};
use domain::order::OrderEvent;
use es_core::{Commit, Decider, Recorded};

use super::event_table::{EventTable, Violation, events};
use crate::world::Function;

/// Checks all orders and all notifications.
pub(super) fn are_requested_once(event_table: &EventTable) -> Result<(), Violation> {
    let mut requested: BTreeMap<String, Vec<&Commit>> = BTreeMap::new();
    for (stream, commits) in event_table.streams() {
        if *stream.category() != Notification::CATEGORY {
            continue;
        }
        let [commit] = commits.as_slice() else {
            return Err(format!("{stream} has {} commits instead of one", commits.len()));
        };
        for recorded in events::<NotificationEvent>(commits, u64::MAX) {
            let NotificationEvent::NotificationRequested(request) = recorded.event;
            requested.entry(request.order_id).or_default().push(commit);
        }
    }
    for (order, commits) in event_table.orders() {
        let mut all = events::<OrderEvent>(commits, u64::MAX).into_iter();
        let confirmed = all.find(|recorded| matches!(recorded.event, OrderEvent::OrderConfirmed(_)));
        let notified = requested.remove(&order).unwrap_or_default();
        match (&confirmed, notified.as_slice()) {
            (None, []) => {}
            (Some(confirmed), [commit]) => follows_from(commit, confirmed)?,
            _ => {
                let is_confirmed = confirmed.is_some();
                let number = notified.len();
                return Err(format!("{number} notifications for order {order}, confirmed: {is_confirmed}"));
            }
        }
    }
    match requested.first_key_value() {
        Some((order, _)) => Err(format!("a notification for the order {order}, which does not exist")),
        None => Ok(()),
    }
}

/// Checks that `commit` names the event as its cause and the reaction as its actor.
fn follows_from(commit: &Commit, event: &Recorded<OrderEvent>) -> Result<(), Violation> {
    let metadata = &commit.metadata;
    let is_caused = metadata.causation_id == event.id().to_string()
        && metadata.correlation_id == event.metadata.correlation_id
        && metadata.actor == Function::NOTIFY_CUSTOMER.name();
    if is_caused { Ok(()) } else { Err(format!("{metadata:?} does not follow from {event:?}")) }
}
