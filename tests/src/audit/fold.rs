//! What streams of orders come to, told event by event and independently of the code that is audited.

use serde_json::{Value, json};

use crate::commits::{Commit, Streams};

/// The view that each order should have.
pub(super) fn orders(streams: &Streams) -> Vec<Value> {
    let of_stream = |(stream, commits): (&String, &Vec<Commit>)| {
        stream.strip_prefix("order-").map(|order| order_of(order, commits))
    };
    streams.iter().filter_map(of_stream).collect()
}

fn order_of(order: &str, commits: &[Commit]) -> Value {
    let mut view = json!({"order_id": order, "version": 0});
    for commit in commits {
        for event in &commit.events {
            apply(&mut view, event, &commit.at);
        }
    }
    view
}

fn apply(view: &mut Value, event: &Value, at: &str) {
    let data = &event["data"];
    let copied: &[(&str, &str)] = match event["type"].as_str().unwrap_or_default() {
        "OrderCreated" => {
            view["created_at"] = json!(at);
            view["status"] = json!("pending");
            &[
                ("user_id", "user_id"),
                ("items", "items"),
                ("total_amount_cents", "total_amount_cents"),
                ("currency", "currency"),
            ]
        }
        "OrderConfirmed" => {
            view["status"] = json!("confirmed");
            &[]
        }
        "OrderShipped" => {
            view["status"] = json!("shipped");
            &[("tracking_number", "tracking_number"), ("carrier", "carrier")]
        }
        "OrderDelivered" => {
            view["status"] = json!("delivered");
            &[]
        }
        "OrderCancelled" => {
            view["status"] = json!("cancelled");
            &[("reason", "cancel_reason")]
        }
        unknown => {
            view["unknown"] = json!(unknown);
            &[]
        }
    };
    for (from, to) in copied {
        if let Some(value) = data.get(from) {
            view[*to] = value.clone();
        }
    }
    view["updated_at"] = json!(at);
    view["version"] = json!(view["version"].as_u64().unwrap_or_default() + 1);
}
