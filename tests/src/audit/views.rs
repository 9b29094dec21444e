//! Every view, history, list and search against the streams.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::answers::pages;
use crate::commits::Streams;
use crate::{Caller, get};

/// What is wrong with what the queries show of each order and of each customer's orders.
pub(super) async fn check(
    caller: &Caller,
    streams: &Streams,
    orders: &[Value],
) -> Result<Vec<String>, String> {
    let mut findings = Vec::new();
    let mut by_user: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for order in orders {
        let (id, user) = (text(order, "order_id"), text(order, "user_id"));
        by_user.entry(user).or_default().insert(id);
        let view = get(format!("/queries/orders/{id}"));
        let shown = caller.send(view).await.map_err(|error| error.to_string())?.body;
        if shown != *order {
            findings.push(format!("the view of {id} is {shown}, its stream says {order}"));
        }
        let history = pages(caller, &format!("/queries/orders/{id}/events?limit=100")).await?;
        let expected = expected_history(streams, id);
        if history.iter().map(in_short).collect::<Vec<_>>() != expected {
            findings.push(format!("the history of {id} is {history:?}, its stream says {expected:?}"));
        }
    }
    for (user, wanted) in by_user {
        for path in [
            format!("/queries/orders?user_id={user}&limit=100"),
            format!("/queries/orders/search?q={user}&limit=100"),
        ] {
            let shown = pages(caller, &path).await?;
            let found: Vec<&str> = shown.iter().map(|order| text(order, "order_id")).collect();
            if found.len() != wanted.len() || found.iter().copied().collect::<BTreeSet<_>>() != wanted {
                findings.push(format!("{path} shows {found:?}, {user} has {wanted:?}"));
            }
        }
    }
    Ok(findings)
}

/// Place, type, time and content of each event of an order.
fn expected_history(streams: &Streams, order: &str) -> Vec<Value> {
    let commits = streams.get(&format!("order-{order}")).map(Vec::as_slice).unwrap_or_default();
    let events = commits.iter().flat_map(|commit| commit.events.iter().map(|event| (event, &commit.at)));
    events.zip(1..).map(|((event, at), version)| json!([version, event["type"], at, event["data"]])).collect()
}

/// The same of a CloudEvent.
fn in_short(event: &Value) -> Value {
    let version: u64 = text(event, "sequence").parse().unwrap_or_default();
    json!([version, event["type"], event["time"], event["data"]])
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}
