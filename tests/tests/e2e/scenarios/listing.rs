//! Tests lists of orders by user, status and time, in pages.

use e2e::get;
use serde_json::Value;

use crate::scenarios::support::{Shop, assert_blames, ids, shop};

/// Creates five orders of one customer and returns their ids, oldest first. The second is confirmed and the fourth
/// cancelled.
async fn five_orders(shop: &Shop) -> Vec<String> {
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(shop.created().await);
    }
    shop.confirm(&orders[1]).await;
    shop.cancel(&orders[3]).await;
    for (order, version) in orders.iter().zip([1, 2, 1, 2, 1]) {
        shop.view(order, version).await;
    }
    orders
}

/// A page of the customer's own orders.
async fn list(shop: &Shop, query: &str) -> Value {
    let reply = shop.send(get(format!("/queries/orders?{query}"))).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().expect("items")
}

/// The ids on all pages of `query`, with up to `limit` orders per page.
async fn all(shop: &Shop, query: &str, limit: usize) -> Vec<String> {
    ids(&shop.pages(&format!("/queries/orders?{query}&"), limit).await)
}

#[tokio::test]
async fn a_customers_orders_are_listed_newest_first_in_pages() {
    let shop = shop();
    let mut orders = five_orders(&shop).await;
    orders.reverse();
    let user = format!("user_id={}", shop.user);
    assert_eq!(ids(items(&list(&shop, &user).await)), orders);
    let first = list(&shop, &format!("{user}&limit=2")).await;
    assert_eq!(ids(items(&first)), orders[..2]);
    assert!(first["next_cursor"].is_string());
    assert_eq!(all(&shop, &user, 2).await, orders);
    assert_eq!(all(&shop, &format!("{user}&status=confirmed"), 1).await, [orders[3].as_str()]);
    assert_eq!(all(&shop, &format!("{user}&status=shipped"), 20).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_list_by_status_follows_status_changes() {
    let shop = shop();
    let orders = five_orders(&shop).await;
    let cancelled = all(&shop, "status=cancelled", 50).await;
    assert!(cancelled.contains(&orders[3]));
    assert!(!cancelled.contains(&orders[2]));
    assert!(!all(&shop, "status=pending", 50).await.contains(&orders[3]));
}

#[tokio::test]
async fn a_time_range_bounds_a_list() {
    let shop = shop();
    let orders = five_orders(&shop).await;
    let mut times = Vec::new();
    for order in &orders {
        times.push(shop.view(order, 1).await.body["created_at"].as_str().expect("a time").to_owned());
    }
    let user = format!("user_id={}", shop.user);
    let middle = all(&shop, &format!("{user}&from={}&to={}", times[1], times[4]), 20).await;
    assert_eq!(middle, [orders[3].as_str(), orders[2].as_str(), orders[1].as_str()]);
    let everyone = all(&shop, &format!("from={}", times[0]), 100).await;
    assert!(orders.iter().all(|order| everyone.contains(order)));
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_own_query_only() {
    let (shop, other) = (shop(), super::support::shop());
    five_orders(&shop).await;
    let page = list(&shop, &format!("user_id={}&limit=1", shop.user)).await;
    let cursor = page["next_cursor"].as_str().expect("a cursor");
    let replies = [
        // The cursor belongs to the first customer's list. It is refused for the other customer's list, also if the
        // operator asks.
        other.send(get(format!("/queries/orders?limit=1&cursor={cursor}"))).await,
        shop.operate(get(format!("/queries/orders?user_id={}&limit=1&cursor={cursor}", other.user))).await,
        shop.send(get("/queries/orders?cursor=%00garbage")).await,
    ];
    for reply in replies {
        assert_blames(&reply, 400, "malformed-request", "cursor");
    }
}

#[tokio::test]
async fn an_unreadable_parameter_is_named() {
    let shop = shop();
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("status=lost", "status"),
        ("from=soon", "from"),
        ("x=1", "x"),
        ("to=", "to"),
        ("cursor=", "cursor"),
        ("user_id", "user_id"),
        ("limit=%2B5", "limit"),
        ("limit=5.0", "limit"),
        ("limit=5&limit=5", "limit"),
        ("=5", "\"\""),
    ] {
        let reply = shop.send(get(format!("/queries/orders?{query}"))).await;
        assert_blames(&reply, 400, "malformed-request", field);
    }
}
