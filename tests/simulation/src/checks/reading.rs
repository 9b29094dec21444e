//! Sends queries to the API and compares their results.

use serde_json::Value;

use super::event_table::Violation;
use crate::clients::query;
use crate::functions::{Api, Route};

/// The number of items per page.
const LIMIT: usize = 3;
/// The most pages that are read, which is far more than any list has.
const MOST_PAGES: usize = 500;

/// The response of the query `route`. `id` is the path parameter of routes that have one.
pub(super) async fn response(
    api: &Api,
    route: Route,
    id: Option<&str>,
    filter: String,
) -> Result<Value, Violation> {
    let answered = api.send(&query(route, id, filter), &api.world.invocation()).await.unwrap();
    if answered.status == 200 {
        Ok(answered.body)
    } else {
        Err(format!("{route} of {id:?} answers {} {}", answered.status, answered.body))
    }
}

/// The items of all pages of the query `route`. `id` is the path parameter of routes that have one.
pub(super) async fn pages(
    api: &Api,
    route: Route,
    id: Option<&str>,
    filter: &str,
) -> Result<Vec<Value>, Violation> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let page = response(api, route, id, format!("{filter}&limit={LIMIT}{cursor}")).await?;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
    Err(format!("{route} has no end"))
}

/// Checks that `is` equals `expected`. `what` names the value in the violation.
pub(super) fn is_same(what: &str, is: &Value, expected: &Value) -> Result<(), Violation> {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is} instead of {expected}")) }
}
