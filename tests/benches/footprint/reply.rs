//! Whether an invocation did what it was to do.

use serde_json::{Value, json};

use crate::Error;
use crate::filling::PAGE;
use crate::subject::{BARE, EXTENDED, Subject, UNTRACED};

/// Whether `reply` is that of an invocation of `subject` that did what it was to do.
pub(crate) fn check(subject: &Subject, reply: &Value) -> Result<(), Error> {
    let function = subject.function;
    let right = match function {
        BARE | EXTENDED => reply["routeKey"].is_string(),
        _ if function.ends_with("-projection") => {
            reply["batchItemFailures"].as_array().is_some_and(Vec::is_empty)
        }
        UNTRACED | "create-order" | "register-product" => is_new(reply, 201),
        "submit-batch" => is_new(reply, 200) && results(&body(reply)?) == [201, 200, 200, 200, 200, 404],
        "list-orders" | "search-orders" | "list-products" => {
            is_new(reply, 200) && entries(reply, "items")? == PAGE
        }
        "get-order-history" => is_new(reply, 200) && entries(reply, "items")? == 3,
        "get-analytics" => is_new(reply, 200) && entries(reply, "totals")? == 1,
        _ => is_new(reply, 200),
    };
    if right { Ok(()) } else { Err(format!("{} answers {reply}", subject.name()).into()) }
}

/// Whether it has that status, and is no answer given before.
fn is_new(reply: &Value, status: u16) -> bool {
    reply["statusCode"] == status && reply["headers"]["idempotent-replayed"].is_null()
}

/// The statuses of a batch's results; none of them was given before.
fn results(body: &Value) -> Vec<u64> {
    let results = body["results"].as_array().into_iter().flatten();
    let first = results.filter(|result| result["replayed"] != json!(true));
    first.filter_map(|result| result["status"].as_u64()).collect()
}

fn entries(reply: &Value, name: &str) -> Result<usize, Error> {
    Ok(body(reply)?[name].as_array().map_or(0, Vec::len))
}

/// The body of `reply`.
pub(crate) fn body(reply: &Value) -> Result<Value, Error> {
    Ok(serde_json::from_str(reply["body"].as_str().unwrap_or_default())?)
}
