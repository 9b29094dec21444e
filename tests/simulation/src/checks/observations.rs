//! Checks what clients saw while commands ran. Views may be behind, but each is the fold of a beginning of its stream.
//! A list is sorted, has no entry twice and has only what its caller may see.

use std::cmp::Ordering;

use domain::product::ProductId;
use es_core::Commit;
use serde_json::Value;
use shop_testing::expected::for_customer;

use super::event_table::{EventTable, Violation, last, order_view, product_view};
use super::listing::has;
use super::views::{checked_members, history};
use crate::clients::Observation;
use crate::world::World;

/// Checks all observations.
pub(super) fn are_possible(event_table: &EventTable, world: &World) -> Result<(), Violation> {
    let all = world.ledger.observations();
    all.iter().try_for_each(|seen| is_possible(event_table, seen).map_err(|why| format!("{why}: {seen:?}")))
}

fn is_possible(event_table: &EventTable, seen: &Observation) -> Result<(), Violation> {
    let route = seen.request.route;
    if let Some((status, _)) = &seen.failure {
        // A view that does not exist yet answers 404. A caller that waits for a version learns that it comes later.
        let is_allowed = match (*status, route) {
            (404, "get-product") => seen.is_early || seen.min_version == 0,
            (404, "get-order-history") | (500.., _) => true,
            _ => false,
        };
        return if is_allowed { Ok(()) } else { Err("the query is refused".to_owned()) };
    }
    match route {
        "list-orders" | "search-orders" => orders_are_possible(event_table, seen),
        "list-products" | "get-product" => products_are_possible(event_table, seen),
        "get-order-history" => history_is_possible(event_table, seen),
        _ => totals_are_possible(event_table, seen),
    }
}

/// Checks that the orders are sorted, newest first, that each is an order of its time, and that each fits the filter.
fn orders_are_possible(event_table: &EventTable, seen: &Observation) -> Result<(), Violation> {
    is_sorted(&seen.entries, |one, next| position(next).cmp(&position(one)))?;
    let caller = &seen.request.caller;
    for entry in &seen.entries {
        let (id, version) = (entry["order_id"].as_str().unwrap(), entry["version"].as_u64().unwrap());
        let orders = event_table.orders().find(|(order, _)| order == id);
        let (_, commits) = orders.ok_or_else(|| format!("the order {id} does not exist"))?;
        let expected = order_view(id, commits, version);
        let expected = if caller.is_admin { expected } else { for_customer(expected) };
        if *entry != expected {
            return Err(format!("at version {version} the order is {expected}"));
        }
        let fits = match &seen.filter {
            Some(("q", term)) => has(entry, term),
            Some((name, value)) => entry[*name] == value.as_str(),
            None => true,
        };
        if !fits || !(caller.is_admin || entry["user_id"] == caller.subject.as_str()) {
            return Err(format!("the order {id} is not among the requested ones"));
        }
    }
    Ok(())
}

/// The position of an order in a list.
fn position(order: &Value) -> (&str, &str) {
    (order["created_at"].as_str().unwrap(), order["order_id"].as_str().unwrap())
}

/// Checks that products are sorted by id, that each is a product of its time, and that a version that a client waited
/// for was reached.
fn products_are_possible(event_table: &EventTable, seen: &Observation) -> Result<(), Violation> {
    is_sorted(&seen.entries, |one, next| one["product_id"].as_str().cmp(&next["product_id"].as_str()))?;
    for entry in &seen.entries {
        let version = entry["version"].as_u64().unwrap();
        let id = ProductId::try_from(entry["product_id"].as_str().unwrap().to_owned()).unwrap();
        let expected = product_view(event_table.stream(&id.stream()), version);
        if *entry != expected {
            return Err(format!("at version {version} the product is {expected}"));
        }
        if version < seen.min_version && !seen.is_early {
            return Err(format!("the caller waited for version {}", seen.min_version));
        }
    }
    Ok(())
}

/// Checks that the events are the first ones of the stream, without a gap.
fn history_is_possible(event_table: &EventTable, seen: &Observation) -> Result<(), Violation> {
    let id = seen.request.id.as_deref().unwrap_or_default();
    let orders = event_table.orders().find(|(order, _)| order == id);
    let mut expected = orders.map(|(_, commits)| history(commits)).unwrap_or_default();
    for event in expected.iter_mut().filter(|_| !seen.request.caller.is_admin) {
        event["data"] = for_customer(event["data"].take());
    }
    let shown: Vec<_> = seen.entries.iter().map(checked_members).collect();
    if expected.starts_with(&shown) { Ok(()) } else { Err(format!("the history begins with {expected:?}")) }
}

/// Checks that no total counts more orders than ever had its day, status and currency.
fn totals_are_possible(event_table: &EventTable, seen: &Observation) -> Result<(), Violation> {
    for total in &seen.entries {
        let is_counted = |view: &Value| {
            let day = view["created_at"].as_str().and_then(|time| time.get(..10));
            total["day"].as_str() == day
                && ["status", "currency"].iter().all(|name| view[name] == total[name])
        };
        let had_it = |(id, commits): &(String, &Vec<Commit>)| {
            (1..=last(commits)).any(|version| is_counted(&order_view(id, commits, version)))
        };
        let most = event_table.orders().filter(had_it).count();
        let orders = total["orders"].as_i64().unwrap();
        if orders < 0 || usize::try_from(orders).is_ok_and(|orders| orders > most) {
            return Err(format!("{orders} orders are counted, but only {most} had these properties"));
        }
    }
    Ok(())
}

/// Checks that each entry comes before the next one.
fn is_sorted(entries: &[Value], compare: fn(&Value, &Value) -> Ordering) -> Result<(), Violation> {
    match entries.windows(2).find(|pair| compare(&pair[0], &pair[1]) != Ordering::Less) {
        Some(pair) => Err(format!("{} comes before {}", pair[0], pair[1])),
        None => Ok(()),
    }
}
