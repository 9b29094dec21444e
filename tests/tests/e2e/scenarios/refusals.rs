//! Tests refusals and their problem details.

use e2e::{get, post};
use serde_json::{Value, json};

use crate::scenarios::support::{assert_blames, assert_problem, command, shop};

#[tokio::test]
async fn violated_order_rules_are_conflicts_with_their_own_types() {
    let shop = shop();
    let order = shop.created().await;
    assert_problem(&shop.ship(&order).await, 409, "order-not-confirmed");
    assert_problem(&shop.deliver(&order).await, 409, "order-not-shipped");
    shop.confirm(&order).await;
    assert_problem(&shop.confirm(&order).await, 409, "order-already-confirmed");
    shop.ship(&order).await;
    for refused in [shop.confirm(&order).await, shop.ship(&order).await, shop.cancel(&order).await] {
        assert_problem(&refused, 409, "order-already-shipped");
    }
    shop.deliver(&order).await;
    for refused in [shop.ship(&order).await, shop.deliver(&order).await, shop.cancel(&order).await] {
        assert_problem(&refused, 409, "order-already-delivered");
    }
    let given_up = shop.created().await;
    shop.cancel(&given_up).await;
    for refused in [shop.confirm(&given_up).await, shop.ship(&given_up).await, shop.cancel(&given_up).await] {
        assert_problem(&refused, 409, "order-already-cancelled");
    }
}

#[tokio::test]
async fn unknown_orders_are_not_found() {
    let shop = shop();
    for order in ["00000000-0000-4000-8000-000000000000", "not-a-uuid"] {
        assert_problem(&shop.confirm(order).await, 404, "not-found");
        assert_problem(&shop.send(get(format!("/queries/orders/{order}"))).await, 404, "not-found");
    }
}

#[tokio::test]
async fn the_problem_names_the_field_of_an_invalid_value() {
    let shop = shop();
    let with = |pointer: &str, value: Value| {
        let mut order = shop.order();
        *order.pointer_mut(pointer).expect("a member of the order") = value;
        order
    };
    let cases = [
        (with("/items", json!([])), "items", "items-missing"),
        (with("/items/0/quantity", json!(0)), "items[0].quantity", "quantity-out-of-range"),
        (with("/items/1/quantity", json!(1_000_000)), "items[1].quantity", "quantity-out-of-range"),
        (with("/items/2/unit_price_cents", json!(1)), "items[2].unit_price_cents", "price-mismatch"),
        (with("/items/0/product_id", json!("never-offered")), "items[0].product_id", "product-unknown"),
        (with("/items/0/product_id", json!("")), "items[0].product_id", "text-empty"),
        (with("/total_amount_cents", json!(1)), "total_amount_cents", "total-mismatch"),
        (with("/currency", json!("EURO")), "currency", "currency-unknown"),
        (with("/currency", json!("USD")), "currency", "currencies-mixed"),
        (with("/user_id", json!("\u{7}")), "user_id", "text-unclean"),
    ];
    for (order, field, code) in cases {
        let reply = shop.send(post("/commands/orders").json(&order)).await;
        assert_problem(&reply, 422, "invalid-value");
        assert_eq!(
            (&reply.body["errors"][0]["field"], &reply.body["errors"][0]["code"]),
            (&json!(field), &json!(code))
        );
    }
}

#[tokio::test]
async fn unreadable_requests_are_malformed() {
    let shop = shop();
    let bodies = [("{", "body"), ("{}", "items"), (r#"{"items":[],"gift":1}"#, "gift")];
    for (body, field) in bodies {
        let reply = shop.send(post("/commands/orders").raw(body)).await;
        assert_blames(&reply, 400, "malformed-request", field);
    }
    let order = shop.created().await;
    let surplus = command(&order, "confirm").json(&json!({"force": true}));
    assert_problem(&shop.send(surplus).await, 400, "malformed-request");
    let large = post("/commands/orders").raw(format!("\"{}\"", "x".repeat(300 * 1024)));
    assert_problem(&shop.send(large).await, 413, "too-large");
}

#[tokio::test]
async fn unknown_routes_get_the_answer_of_api_gateway() {
    let shop = shop();
    let reply = shop.send(post("/commands/nothing")).await;
    assert_eq!((reply.status, reply.body), (404, json!({"message": "Not Found"})));
}
