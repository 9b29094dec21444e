//! Tests products: registration, the prices of orders, single products and the list.

use e2e::{ApiResponse, delete, get, post, until_fresh};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::scenarios::support::{Shop, assert_problem, offer, shop};

fn product(name: &str) -> String {
    format!("{name}-{}", Uuid::now_v7())
}

fn order_of(shop: &Shop, product: &str, key: &str) -> e2e::ApiCall {
    order_with(shop, &json!({"product_id": product, "quantity": 2}), key)
}

fn order_with(shop: &Shop, item: &Value, key: &str) -> e2e::ApiCall {
    post("/commands/orders")
        .json(&json!({"user_id": shop.user, "items": [item]}))
        .header("idempotency-key", format!("{key}-{}", shop.user))
}

fn first_error(body: &Value) -> (&str, &str) {
    let error = &body["errors"][0];
    (error["field"].as_str().unwrap_or_default(), error["code"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_product_is_registered_changed_and_discontinued() {
    let (shop, id) = (shop(), product("jug"));
    let receipt =
        |version: u64, status: &str| json!({"product_id": id, "version": version, "status": status});
    let new = shop.send(offer(&id, "Jug", 100)).await;
    assert_eq!((new.status, &new.body), (201, &receipt(1, "active")));
    assert_eq!(new.header("location"), format!("/queries/products/{id}"));
    let same = shop.send(offer(&id, "Jug", 100)).await;
    assert_eq!((same.status, &same.body), (200, &receipt(1, "active")));
    let existing = shop.send(offer(&id, "Jug", 120).header("if-none-match", "*")).await;
    assert_problem(&existing, 412, "stale-version");
    let missing = shop.send(offer(&format!("{id}-2"), "Jug", 120).header("if-match", "*")).await;
    assert_problem(&missing, 412, "stale-version");
    let new = shop.send(offer(&format!("{id}-3"), "Jug", 120).header("if-none-match", "*")).await;
    assert_eq!(new.status, 201, "{}", new.body);
    let stale = shop.send(offer(&id, "Jug", 120).header("if-match", "\"7\"")).await;
    assert_problem(&stale, 412, "stale-version");
    let changed = shop.send(offer(&id, "Large jug", 120).header("if-match", "\"1\"")).await;
    assert_eq!((changed.status, &changed.body), (200, &receipt(3, "active")));
    for _ in 0..2 {
        let ended = shop.send(delete(format!("/commands/products/{id}"))).await;
        assert_eq!((ended.status, &ended.body), (200, &receipt(4, "discontinued")));
    }
    assert_problem(&shop.send(offer(&id, "Jug", 100)).await, 409, "product-discontinued");
    assert_problem(&shop.send(delete("/commands/products/never-offered")).await, 404, "not-found");
}

#[tokio::test]
async fn an_order_keeps_the_prices_of_its_creation() {
    let (shop, id) = (shop(), product("jug"));
    let unknown = shop.send(order_of(&shop, &id, "early")).await;
    assert_problem(&unknown, 422, "invalid-value");
    assert_eq!(first_error(&unknown.body), ("items[0].product_id", "product-unknown"));

    shop.send(offer(&id, "Jug", 100)).await;
    let first = shop.send(order_of(&shop, &id, "cheap")).await;
    shop.send(offer(&id, "Jug", 120)).await;
    // An instance may remember the earlier price for a while. An order that names the new price gets the new price.
    let dear = json!({"product_id": id, "quantity": 2, "unit_price_cents": 120});
    let second = shop.send(order_with(&shop, &dear, "dear")).await;
    for (reply, total) in [(&first, 200), (&second, 240)] {
        let order = reply.body["order_id"].as_str().expect("an id");
        assert_eq!(shop.view(order, 1).await.body["total_amount_cents"], total);
    }

    let never_ordered = product("jug");
    shop.send(offer(&never_ordered, "Jug", 100)).await;
    for product in [&id, &never_ordered] {
        shop.send(delete(format!("/commands/products/{product}"))).await;
    }
    let gone = shop.send(order_of(&shop, &never_ordered, "late")).await;
    assert_eq!(first_error(&gone.body), ("items[0].product_id", "product-discontinued"));
    let again = shop.send(order_of(&shop, &id, "cheap")).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn an_id_may_be_in_any_script() {
    let (shop, id) = (shop(), format!("急須-{}", Uuid::now_v7()));
    let new = shop.send(offer(&id, "急須", 4800)).await;
    assert_eq!((new.status, &new.body["product_id"]), (201, &json!(id)));
    assert!(new.header("location").starts_with("/queries/products/%E6%80%A5%E9%A0%88-"));
    assert_eq!(shop.send(order_of(&shop, &id, "tea")).await.status, 201);
}

/// Waits until the product's view has reached `version`, and returns the view.
async fn view(shop: &Shop, product: &str, version: u64) -> ApiResponse {
    let view = get(format!("/queries/products/{product}?min_version={version}")).header("prefer", "wait=20");
    let reply = until_fresh(view, async |call| shop.send(call).await).await;
    assert_eq!((reply.status, &reply.body["version"]), (200, &json!(version)), "{}", reply.body);
    reply
}

#[tokio::test]
async fn a_product_view_shows_the_latest_values() {
    let (shop, id) = (shop(), product("mug"));
    shop.send(offer(&id, "Mug", 900)).await;
    let new = view(&shop, &id, 1).await.body;
    assert_eq!(
        (&new["name"], &new["unit_price_cents"], &new["status"]),
        (&json!("Mug"), &json!(900), &json!("active"))
    );
    shop.send(offer(&id, "Large mug", 1100)).await;
    let changed = view(&shop, &id, 3).await.body;
    assert_eq!((&changed["name"], &changed["unit_price_cents"]), (&json!("Large mug"), &json!(1100)));
    assert_eq!(changed["created_at"], new["created_at"]);
    shop.send(delete(format!("/commands/products/{id}"))).await;
    let gone = view(&shop, &id, 4).await;
    assert_eq!(gone.body["status"], "discontinued");
    assert!(gone.header("etag").starts_with("\"4."), "{}", gone.header("etag"));

    let same = get(format!("/queries/products/{id}")).header("if-none-match", gone.header("etag"));
    assert_eq!(shop.send(same).await.status, 304);
    assert_problem(&shop.send(get("/queries/products/never-offered")).await, 404, "not-found");
}

#[tokio::test]
async fn the_list_has_every_product_once() {
    let shop = shop();
    let mut wanted = ["beans", "tea", "急須"].map(product);
    for id in &wanted {
        shop.send(offer(id, "One of three", 100)).await;
    }
    for id in &wanted {
        view(&shop, id, 1).await;
    }
    wanted.sort();
    let listed = shop.pages("/queries/products?", 7).await;
    let id = |item: &Value| item["product_id"].as_str().expect("an id").to_owned();
    let mut found: Vec<_> = listed.iter().map(id).collect();
    assert!(found.is_sorted(), "{found:?}");
    found.retain(|id| wanted.contains(id));
    assert_eq!(found, wanted);
}
