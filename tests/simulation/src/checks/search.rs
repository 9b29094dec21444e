//! A search finds the orders whose views have its words, and no others.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expected;
use super::listing::pages;
use super::past::{Past, Violation};
use crate::clients::{CARRIERS, CUSTOMERS, PRODUCTS};
use crate::functions::{Api, Route};

/// How many searches are made, of all that could be.
const SEARCHES: u64 = 4;

pub(super) async fn finds_what_views_say(api: &Api, past: &Past) -> Result<(), Violation> {
    let views: Vec<Value> =
        past.orders().map(|(id, commits)| expected::order(&id, commits, expected::last(commits))).collect();
    let names = PRODUCTS.iter().flat_map(|(_, names, _)| *names);
    let terms = CUSTOMERS.into_iter().chain(CARRIERS).chain(names).flat_map(words);
    let terms: Vec<_> = terms.chain(["trk".to_owned(), "trk0".to_owned()]).collect();
    for _ in 0..SEARCHES {
        let term = api.world.dice.one(&terms);
        let of = |view: &Value| view["order_id"].as_str().unwrap().to_owned();
        let found: Vec<_> =
            pages(api, Route::SearchOrders, &format!("q={term}")).await?.iter().map(of).collect();
        let expected: BTreeSet<_> = views.iter().filter(|view| has(view, term)).map(of).collect();
        if found.iter().cloned().collect::<BTreeSet<_>>() != expected || found.len() != expected.len() {
            return Err(format!("a search for {term:?} finds {found:?} and should find {expected:?}"));
        }
    }
    Ok(())
}

/// Whether one of the words of `view` begins with `term`.
fn has(view: &Value, term: &str) -> bool {
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
