//! Checks that lists contain every order and product once, even with small pages, and that a search finds exactly the
//! orders whose views have its words.

use std::cmp::Reverse;

use domain::order::OrderStatus;
use serde_json::{Value, json};

use super::event_table::{EventTable, Violation, last, product_view};
use super::reading::{is_same, pages};
use crate::clients::{CARRIERS, CUSTOMERS, PRODUCTS};
use crate::functions::Api;

/// How many lists by status are checked in each run.
const STATUSES: u64 = 2;
/// How many searches are checked in each run.
const SEARCHES: u64 = 4;

/// Checks the list of each customer's orders, some lists of orders by status, and the list of products.
pub(super) async fn is_complete(api: &Api, event_table: &EventTable) -> Result<(), Violation> {
    let mut views = event_table.order_views();
    let position =
        |view: &Value| ["created_at", "order_id"].map(|name| view[name].as_str().map(str::to_owned));
    views.sort_by_cached_key(|view| Reverse(position(view)));
    let statuses = (0..STATUSES).map(|_| ("status", api.world.random.one(&OrderStatus::ALL).as_str()));
    for (name, value) in CUSTOMERS.map(|customer| ("user_id", customer)).into_iter().chain(statuses) {
        let own: Value = views.iter().filter(|view| view[name] == value).cloned().collect();
        let filter = format!("{name}={value}");
        let listed = pages(api, "list-orders", None, &filter).await?;
        is_same(&format!("the list of {filter}"), &json!(listed), &own)?;
    }
    let mut products: Vec<_> =
        event_table.products().map(|commits| product_view(commits, last(commits))).collect();
    products.sort_by(|one, other| one["product_id"].as_str().cmp(&other["product_id"].as_str()));
    let listed = pages(api, "list-products", None, "").await?;
    is_same("the list of products", &json!(listed), &json!(products))
}

/// Checks that a search finds exactly the orders whose views have a word that begins with the term.
pub(super) async fn search_finds_what_views_say(
    api: &Api,
    event_table: &EventTable,
) -> Result<(), Violation> {
    let views = event_table.order_views();
    let names = PRODUCTS.iter().flat_map(|(_, names, _)| *names);
    let terms = CUSTOMERS.into_iter().chain(CARRIERS).chain(names).flat_map(words);
    let terms: Vec<_> = terms.chain(["trk".to_owned(), "trk0".to_owned()]).collect();
    for _ in 0..SEARCHES {
        let whole = api.world.random.one(&terms);
        // A term of one or two characters is searched by other requests than a longer one.
        let length = api.world.random.one(&[1, 2, usize::MAX]);
        let term: String = whole.chars().take(*length).collect();
        let found = pages(api, "search-orders", None, &format!("q={term}")).await?;
        let expected = views.iter().filter(|view| has(view, &term));
        is_same(&format!("the result of a search for {term:?}"), &ids(&found), &ids(expected))?;
    }
    Ok(())
}

/// The ids of `orders`, sorted.
fn ids<'v>(orders: impl IntoIterator<Item = &'v Value>) -> Value {
    let mut ids: Vec<_> = orders.into_iter().map(|order| order["order_id"].as_str()).collect();
    ids.sort_unstable();
    json!(ids)
}

/// Whether one of the words of `view` begins with `term`.
pub(super) fn has(view: &Value, term: &str) -> bool {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut texts: Vec<_> =
        ["user_id", "tracking_number", "carrier", "status"].map(|name| text(&view[name])).into();
    for item in view["items"].as_array().unwrap() {
        texts.extend([text(&item["name"]), text(&item["product_id"])]);
    }
    texts.iter().flat_map(|text| words(text)).any(|word| word.starts_with(term))
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split(|character: char| !character.is_alphanumeric()).map(ToOwned::to_owned).collect()
}
