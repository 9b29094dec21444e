//! Compares every view, history, list, search and total with the streams.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use shop_testing::expected::{day, order_view, wrong_analytics};

use crate::commits::{StoredCommit, Streams};
use crate::{ApiClient, get};

/// Checks the queries for each order, for each customer's orders, and for all days with an order. Returns one line for
/// each finding.
pub(super) async fn check(caller: &ApiClient, streams: &Streams) -> Result<Vec<String>, String> {
    let (mut findings, mut orders) = (Vec::new(), Vec::new());
    let mut by_user: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (stream, commits) in streams {
        let Some(id) = stream.strip_prefix("order-") else { continue };
        let order = order_view(id, events(commits));
        by_user.entry(text(&order, "user_id").to_owned()).or_default().insert(id.to_owned());
        let shown = query(caller, &format!("/queries/orders/{id}")).await?;
        if shown != order {
            findings.push(format!("the view of {id} is {shown}, but its stream gives {order}"));
        }
        let history = pages(caller, &format!("/queries/orders/{id}/events?limit=100")).await?;
        let expected = expected_history(commits);
        if history.iter().map(summary).collect::<Vec<_>>() != expected {
            findings.push(format!("the history of {id} is {history:?}, but its stream gives {expected:?}"));
        }
        orders.push(order);
    }
    for (user, wanted) in by_user {
        for path in [
            format!("/queries/orders?user_id={user}&limit=100"),
            format!("/queries/orders/search?q={user}&limit=100"),
        ] {
            let shown = pages(caller, &path).await?;
            let found: Vec<_> = shown.iter().map(|order| text(order, "order_id").to_owned()).collect();
            if found.len() != wanted.len() || found.iter().cloned().collect::<BTreeSet<_>>() != wanted {
                findings.push(format!("{path} shows {found:?}, but {user} has {wanted:?}"));
            }
        }
    }
    if let (Some(first), Some(last)) = (orders.iter().map(day).min(), orders.iter().map(day).max()) {
        let days = format!("from={first}&to={last}");
        let daily = query(caller, &format!("/queries/analytics/daily?{days}")).await?;
        let products = query(caller, &format!("/queries/analytics/products?{days}&limit=100")).await?;
        findings.extend(wrong_analytics(&daily, &products, &orders));
    }
    Ok(findings)
}

/// The events of `commits` with their acceptance times.
fn events(commits: &[StoredCommit]) -> impl Iterator<Item = (Value, String)> {
    commits.iter().flat_map(|commit| commit.events.iter().map(|event| (event.clone(), commit.at.clone())))
}

/// The version, type, time and data of each event of an order.
fn expected_history(commits: &[StoredCommit]) -> Vec<Value> {
    let versions = events(commits).zip(1..);
    versions.map(|((event, at), version)| json!([version, event["type"], at, event["data"]])).collect()
}

/// The version, type, time and data of a CloudEvent.
fn summary(event: &Value) -> Value {
    let version: u64 = text(event, "sequence").parse().unwrap_or_default();
    json!([version, event["type"], event["time"], event["data"]])
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// The body of a query's response. The status is not checked, because the body of a refusal differs from every expected
/// view.
async fn query(caller: &ApiClient, path: &str) -> Result<Value, String> {
    Ok(caller.send(get(path)).await.map_err(|error| error.to_string())?.body)
}

/// The items of all pages of a list. A refused page counts as an item, and the comparison then fails.
async fn pages(caller: &ApiClient, path: &str) -> Result<Vec<Value>, String> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    // The limit is far higher than the number of pages of any audited list.
    for _ in 0..1000 {
        let page = query(caller, &format!("{path}{cursor}")).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_else(|| vec![page.clone()]));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
    Err(format!("{path} does not end"))
}
