//! Waiting for what no request can wait for.

use std::time::Duration;

use e2e::get;
use serde_json::Value;

use crate::support::Shop;

/// A projection takes a fraction of a second; a cold stack on a busy machine takes several.
const TRIES: u32 = 200;
const BETWEEN: Duration = Duration::from_millis(100);

/// Asks for `path` until the answer is as wanted, and gives it.
pub(crate) async fn until(shop: &Shop, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..TRIES {
        let reply = shop.send(get(path)).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        if is_wanted(&reply.body) {
            return reply.body;
        }
        last = reply.body;
        tokio::time::sleep(BETWEEN).await;
    }
    panic!("{path} still answers {last}");
}
