//! Every view is the fold of its stream, and whoever waits for the newest version gets it.

use serde_json::Value;

use super::expected;
use super::past::{Past, Violation};
use crate::clients::query;
use crate::functions::{Api, Route};

pub(super) async fn are_folds(api: &Api, past: &Past) -> Result<(), Violation> {
    for (id, commits) in past.orders() {
        let version = expected::last(commits);
        let view = ask(api, Route::GetOrder, &id, version).await?;
        is_same(&format!("the view of order {id}"), &view, &expected::order(&id, commits, version))?;
    }
    for commits in past.products() {
        let expected = expected::product(commits);
        let id = expected["product_id"].as_str().unwrap();
        let view = ask(api, Route::GetProduct, id, expected::last(commits)).await?;
        is_same(&format!("the view of product {id}"), &view, &expected)?;
    }
    Ok(())
}

async fn ask(api: &Api, route: Route, id: &str, version: u64) -> Result<Value, Violation> {
    let request = query(route, Some(id), format!("min_version={version}"));
    let answered = api.send(&request, &api.world.invocation()).await.unwrap();
    if answered.status != 200 {
        return Err(format!("{route:?} of {id} answers {} {}", answered.status, answered.body));
    }
    Ok(answered.body)
}

pub(super) fn is_same(what: &str, is: &Value, expected: &Value) -> Result<(), Violation> {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is} and should be {expected}")) }
}
