//! Tests the analytics: orders and revenue per day, and the products with the most revenue.

use e2e::{get, post};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::scenarios::support::{assert_blames, offer, shop, until};

/// A price higher than that of any other product in the scenarios, so the product is among the first in the list.
const PRICE: i64 = 900_000;

/// The quantity and the revenue of `product`; null if the list does not contain the product.
fn sold(body: &Value, product: &str) -> Value {
    let products = body["currencies"][0]["products"].as_array().into_iter().flatten();
    let mut found = products.filter(|found| found["product_id"] == product);
    found.next().map_or(Value::Null, |found| json!([found["quantity"], found["revenue_cents"]]))
}

#[tokio::test]
async fn orders_count_by_status_and_cancelled_orders_sell_no_products() {
    let shop = shop();
    let product = format!("statue-{}", Uuid::now_v7());
    shop.send(offer(&product, "Statue", PRICE)).await;
    let mut orders = Vec::new();
    for quantity in [1, 2, 4] {
        let items = json!([{ "product_id": product, "quantity": quantity }]);
        let order = post("/commands/orders").json(&json!({ "user_id": shop.user, "items": items }));
        let reply = shop.send(order).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        orders.push(reply.body["order_id"].as_str().expect("an id").to_owned());
    }
    let opened = |body: &Value| body["created_at"].as_str().expect("a time")[..10].to_owned();
    let (first, last) = (shop.view(&orders[0], 1).await.body, shop.view(&orders[2], 1).await.body);
    let days = format!("from={}&to={}", opened(&first), opened(&last));

    let products = format!("/queries/analytics/products?{days}&limit=100");
    until(&shop, &products, |body| sold(body, &product) == json!([7, 7 * PRICE])).await;
    shop.confirm(&orders[0]).await;
    shop.cancel(&orders[2]).await;
    until(&shop, &products, |body| sold(body, &product) == json!([3, 3 * PRICE])).await;

    let daily = shop.send(get(format!("/queries/analytics/daily?{days}"))).await.body;
    let totals = daily["totals"].as_array().expect("totals");
    let cancelled = totals.iter().find(|total| total["status"] == "cancelled").expect("a cancelled order");
    assert!(
        cancelled["orders"].as_i64() >= Some(1) && cancelled["revenue_cents"].as_i64() >= Some(4 * PRICE)
    );
    assert_eq!(cancelled["currency"], "EUR");
}

#[tokio::test]
async fn invalid_day_ranges_are_refused() {
    let shop = shop();
    for (path, field) in [
        ("daily?from=2026-11-22", "to"),
        ("daily?from=2026-11-22&to=2026-11-21", "to"),
        ("daily?from=2026-01-01&to=2026-11-22", "to"),
        ("products?from=2026-10-01&to=2026-11-22", "to"),
        ("products?from=22.11.2026&to=2026-11-22", "from"),
    ] {
        let reply = shop.send(get(format!("/queries/analytics/{path}"))).await;
        assert_blames(&reply, 400, "malformed-request", field);
    }
}
