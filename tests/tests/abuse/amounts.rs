//! More of something than anybody orders.

use e2e::post;
use serde_json::json;

use crate::support::{INVALID, assert_blames, customer, kettle_on_offer, send, stranger};

/// Bodies may have 256 KiB: room for some thousand positions, and for no million of anything.
const SOME_THOUSAND: usize = 4_000;

#[tokio::test]
async fn an_order_of_a_million_items_is_too_large() {
    let items = format!("{{\"items\":[{}1]}}", "1,".repeat(999_999));
    let reply = send(&customer(&stranger()), post("/commands/orders").raw(items)).await;
    assert_eq!((reply.status, reply.problem()), (413, "too-large"), "{}", reply.body);
}

#[tokio::test]
async fn an_order_has_fifty_positions_and_no_more() {
    kettle_on_offer().await;
    let of = |positions: usize| {
        let items = vec![json!({"product_id": "kettle", "quantity": 1}); positions];
        post("/commands/orders").json(&json!({ "items": items }))
    };
    let customer = customer(&stranger());
    for positions in [51, SOME_THOUSAND] {
        assert_blames(&send(&customer, of(positions)).await, INVALID, ("items", "items-too-many"));
    }
    assert_eq!(send(&customer, of(50)).await.status, 201);
}

#[tokio::test]
async fn a_batch_has_a_hundred_commands_and_no_more() {
    let of = |commands: usize| {
        let confirm = json!({"operation": "confirm", "order_id": "00000000-0000-4000-8000-000000000000"});
        post("/commands/orders:batch").json(&json!({ "commands": vec![confirm; commands] }))
    };
    let customer = customer(&stranger());
    for commands in [101, SOME_THOUSAND / 2] {
        assert_blames(&send(&customer, of(commands)).await, INVALID, ("commands", "commands-too-many"));
    }
    let tiny = format!("{{\"commands\":[{}1]}}", "1,".repeat(100_000));
    let reply = send(&customer, post("/commands/orders:batch").raw(tiny)).await;
    assert_blames(&reply, INVALID, ("commands", "commands-too-many"));
    assert_eq!(send(&customer, of(100)).await.status, 200);
}
