//! Lists have every order and product there is, once, however small their pages are.

use domain::order::OrderStatus;
use serde_json::Value;

use super::expected;
use super::past::{Past, Violation};
use crate::clients::{CUSTOMERS, query};
use crate::functions::{Api, Route};

/// The orders of a page.
const LIMIT: usize = 3;
/// How many of the lists by status are asked for.
const STATUSES: u64 = 2;
/// Far more pages than there are.
const MOST_PAGES: usize = 500;

pub(super) async fn is_complete(api: &Api, past: &Past) -> Result<(), Violation> {
    let mut views: Vec<Value> =
        past.orders().map(|(id, commits)| expected::order(&id, commits, expected::last(commits))).collect();
    views.sort_by(|one, other| other["created_at"].as_str().cmp(&one["created_at"].as_str()));
    for customer in CUSTOMERS {
        let own: Vec<_> = views.iter().filter(|view| view["user_id"] == customer).cloned().collect();
        is_same(
            &format!("of {customer}"),
            &pages(api, Route::ListOrders, &format!("user_id={customer}")).await?,
            &own,
        )?;
    }
    for _ in 0..STATUSES {
        let status = api.world.dice.one(&OrderStatus::ALL).as_str();
        let there: Vec<_> = views.iter().filter(|view| view["status"] == status).cloned().collect();
        is_same(
            &format!("that are {status}"),
            &pages(api, Route::ListOrders, &format!("status={status}")).await?,
            &there,
        )?;
    }
    let mut products: Vec<_> = past.products().map(|commits| expected::product(commits)).collect();
    products.sort_by(|one, other| one["product_id"].as_str().cmp(&other["product_id"].as_str()));
    is_same("of products", &pages(api, Route::ListProducts, "").await?, &products)
}

/// Every item of the pages of `route`.
pub(super) async fn pages(api: &Api, route: Route, filter: &str) -> Result<Vec<Value>, Violation> {
    page_by_page(api, route, None, filter).await
}

/// Every item of the pages of `route`, of one thing where it has an id.
pub(super) async fn page_by_page(
    api: &Api,
    route: Route,
    id: Option<&str>,
    filter: &str,
) -> Result<Vec<Value>, Violation> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    for _ in 0..MOST_PAGES {
        let request = query(route, id, format!("{filter}&limit={LIMIT}{cursor}"));
        let answered = api.send(&request, &api.world.invocation()).await.unwrap();
        if answered.status != 200 {
            return Err(format!("{route:?} answers {} {}", answered.status, answered.body));
        }
        items.extend(answered.body["items"].as_array().unwrap().iter().cloned());
        match answered.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
    Err(format!("{route:?} has no end"))
}

fn is_same(which: &str, is: &[Value], expected: &[Value]) -> Result<(), Violation> {
    if is == expected {
        Ok(())
    } else {
        Err(format!("the list {which} is {is:?} and should be {expected:?}"))
    }
}
