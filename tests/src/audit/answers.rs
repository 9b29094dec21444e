//! The queries that the audit compares with the streams.

use serde_json::Value;

use crate::{Caller, Reply, get};

/// The answer to a query, which must be a 200.
pub(super) async fn asked(caller: &Caller, path: &str) -> Result<Reply, String> {
    let reply = caller.send(get(path)).await.map_err(|error| error.to_string())?;
    if reply.status == 200 { Ok(reply) } else { Err(format!("{path}: {} {}", reply.status, reply.body)) }
}

/// The items of all pages of a list; a page that is refused counts as an item.
pub(super) async fn pages(caller: &Caller, path: &str) -> Result<Vec<Value>, String> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    // Far more pages than any audited list has.
    for _ in 0..1000 {
        let page = caller.send(get(format!("{path}{cursor}"))).await.map_err(|error| error.to_string())?.body;
        items.extend(page["items"].as_array().cloned().unwrap_or_else(|| vec![page.clone()]));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
    Err(format!("{path} does not end"))
}
