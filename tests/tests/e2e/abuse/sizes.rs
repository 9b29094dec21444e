//! Tests bodies, headers and lists that are too large.

use e2e::{get, post, put};
use serde_json::json;

use crate::abuse::support::{
    INVALID, assert_blames, assert_refused, customer, customers_token, exchange, operator, order, send,
    stranger,
};

const KIB: usize = 1024;

#[tokio::test]
async fn a_body_above_the_services_limit_is_a_problem() {
    let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let customer = customer(&stranger());
    for call in [post("/commands/orders"), post("/commands/orders:batch")] {
        let refused = send(&customer, call.clone().raw(body(256 * KIB + 1))).await;
        assert_eq!((refused.status, refused.problem()), (413, "too-large"), "{}", refused.body);
        let read = send(&customer, call.raw(body(256 * KIB))).await;
        assert_eq!((read.status, read.problem()), (400, "malformed-request"), "{}", read.body);
    }
}

#[tokio::test]
async fn a_body_above_lambdas_limit_is_refused_before_any_function() {
    let call = order().raw(" ".repeat(7 * KIB * KIB)).header("content-type", "application/json");
    assert_refused(&send(&customer(&stranger()), call).await, 413, "Request Entity Too Large");
}

#[tokio::test]
async fn a_body_above_10_mb_is_refused_before_it_arrives() {
    let token = customers_token(&stranger());
    let head = format!(
        "POST /commands/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        10 * KIB * KIB + 1
    );
    let answer = exchange(head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.ends_with(r#"{"message":"Request Entity Too Large"}"#), "{answer}");
}

#[tokio::test]
async fn headers_above_10_240_bytes_are_refused() {
    let padded = |bytes: usize| get("/queries/orders").header("x-padding", "p".repeat(bytes));
    let customer = customer(&stranger());
    assert_refused(&send(&customer, padded(10_240)).await, 431, "Request Header Fields Too Large");
    assert_eq!(send(&customer, padded(8_000)).await.status, 200);
    let address = get(format!("/queries/orders?user_id={}", "u".repeat(10_240)));
    assert_refused(&send(&customer, address).await, 431, "Request Header Fields Too Large");
}

#[tokio::test]
async fn very_long_names_are_refused() {
    let long = "u".repeat(3_000);
    for path in ["/queries/orders?", "/queries/orders/search?q=kettle&"] {
        let reply = send(&operator(), get(format!("{path}user_id={long}"))).await;
        assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &json!("user_id")));
    }
    let nobody = send(&customer(&long), get("/queries/orders")).await;
    assert_eq!((nobody.status, nobody.problem()), (401, "unauthenticated"));
    let unknown = send(&customer(&stranger()), get(format!("/queries/orders?{long}=1"))).await;
    let field = unknown.body["errors"][0]["field"].as_str().expect("a field");
    assert_eq!((unknown.status, field.len()), (400, 128), "the response must shorten the name");
}

/// A body may have 256 KiB, which is enough for thousands of items but not for a million.
const SOME_THOUSAND: usize = 4_000;

#[tokio::test]
async fn an_order_of_a_million_items_is_too_large() {
    let items = format!("{{\"items\":[{}1]}}", "1,".repeat(999_999));
    let reply = send(&customer(&stranger()), post("/commands/orders").raw(items)).await;
    assert_eq!((reply.status, reply.problem()), (413, "too-large"), "{}", reply.body);
}

#[tokio::test]
async fn an_order_has_at_most_fifty_items() {
    for index in 0..50 {
        let offer = json!({"name": "Cup", "unit_price_cents": 100});
        let offered = send(&operator(), put(format!("/commands/products/cup-{index}")).json(&offer)).await;
        assert!(matches!(offered.status, 200 | 201), "{}", offered.body);
    }
    let of = |positions: usize| {
        let item = |index: usize| json!({"product_id": format!("cup-{index}"), "quantity": 1});
        post("/commands/orders").json(&json!({ "items": (0..positions).map(item).collect::<Vec<_>>() }))
    };
    let customer = customer(&stranger());
    for positions in [51, SOME_THOUSAND] {
        assert_blames(&send(&customer, of(positions)).await, INVALID, ("items", "items-too-many"));
    }
    assert_eq!(send(&customer, of(50)).await.status, 201);
    let twice = json!({"items": vec![json!({"product_id": "cup-1", "quantity": 10_000}); 2]});
    let refused = send(&customer, post("/commands/orders").json(&twice)).await;
    assert_blames(&refused, INVALID, ("items[1].product_id", "product-repeated"));
}

#[tokio::test]
async fn a_batch_has_at_most_a_hundred_commands() {
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
