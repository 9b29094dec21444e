//! Asking the queries, and comparing what they answer.

use serde_json::Value;

use super::past::Violation;
use crate::clients::query;
use crate::functions::{Api, Route};

/// The items of a page.
const LIMIT: usize = 3;
/// Far more pages than there are.
const MOST_PAGES: usize = 500;

/// The answer of `route`, of one thing where it has an id.
pub(super) async fn asked(
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

/// Every item of the pages of `route`, of one thing where it has an id.
pub(super) async fn pages(
    api: &Api,
    route: Route,
    id: Option<&str>,
    filter: &str,
) -> Result<Vec<Value>, Violation> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let page = asked(api, route, id, format!("{filter}&limit={LIMIT}{cursor}")).await?;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
    Err(format!("{route} has no end"))
}

pub(super) fn is_same(what: &str, is: &Value, expected: &Value) -> Result<(), Violation> {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is} and should be {expected}")) }
}
