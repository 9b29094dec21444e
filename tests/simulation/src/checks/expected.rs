//! What the queries have to answer, folded out of the events alone.

use domain::order::OrderEvent;
use domain::product::ProductEvent;
use es_core::Commit;
use serde_json::{Value, json};

use super::past::{events, order_at, product_at};

/// The view of the order of `commits` at version `upto`.
pub(super) fn order(id: &str, commits: &[Commit], upto: u64) -> Value {
    let mut view = json!({ "order_id": id, "version": upto, "status": order_at(commits, upto).name() });
    for recorded in events::<OrderEvent>(commits, upto) {
        let at = recorded.metadata.occurred_at.to_string();
        match recorded.event {
            OrderEvent::OrderCreated(created) => {
                view["created_at"] = json!(at);
                for (name, value) in json!(created).as_object().unwrap() {
                    view[name] = value.clone();
                }
            }
            OrderEvent::OrderShipped(shipped) => {
                view["tracking_number"] = json!(shipped.tracking_number);
                view["carrier"] = json!(shipped.carrier);
            }
            OrderEvent::OrderCancelled(cancelled) => {
                if let Some(reason) = cancelled.reason {
                    view["cancel_reason"] = json!(reason);
                }
            }
            OrderEvent::OrderConfirmed {} | OrderEvent::OrderDelivered {} => {}
        }
        view["updated_at"] = json!(at);
    }
    view
}

/// The view of the product of `commits`.
pub(super) fn product(commits: &[Commit]) -> Value {
    let version = last(commits);
    let mut view = json!({ "version": version, "status": product_at(commits, version).name() });
    for recorded in events::<ProductEvent>(commits, version) {
        let at = recorded.metadata.occurred_at.to_string();
        if view.get("created_at").is_none() {
            view["created_at"] = json!(at);
        }
        view["updated_at"] = json!(at);
        let data = json!(recorded.event)["data"].clone();
        for (name, value) in data.as_object().into_iter().flatten() {
            view[name] = value.clone();
        }
    }
    view
}

/// The version of the stream of `commits`.
pub(super) fn last(commits: &[Commit]) -> u64 {
    commits.last().map_or(0, |commit| commit.last().get())
}
