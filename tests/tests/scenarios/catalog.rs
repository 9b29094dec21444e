//! Reading products: one, and all of them in pages.

use e2e::{Call, Reply, delete, get};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Shop, assert_problem, offer, shop};

fn product(name: &str) -> String {
    format!("{name}-{}", Uuid::now_v7())
}

fn at_least(product: &str, version: u64) -> Call {
    get(format!("/queries/products/{product}?min_version={version}")).header("prefer", "wait=20")
}

/// The product's view once it has reached `version`.
async fn view(shop: &Shop, product: &str, version: u64) -> Reply {
    let reply = shop.send(at_least(product, version)).await;
    assert_eq!((reply.status, &reply.body["version"]), (200, &json!(version)), "{}", reply.body);
    reply
}

#[tokio::test]
async fn a_product_is_read_as_it_was_last_written() {
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
    assert_eq!((&gone.body["status"], gone.header("etag")), (&json!("discontinued"), "\"4\""));

    let same = get(format!("/queries/products/{id}")).header("if-none-match", "\"4\"");
    assert_eq!(shop.send(same).await.status, 304);
    assert_problem(&shop.send(get("/queries/products/never-offered")).await, 404, "not-found");
}

#[tokio::test]
async fn every_product_is_in_the_list_once() {
    let shop = shop();
    let mut wanted = ["beans", "tea", "急須"].map(product);
    for id in &wanted {
        shop.send(offer(id, "One of three", 100)).await;
    }
    for id in &wanted {
        view(&shop, id, 1).await;
    }
    wanted.sort();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    for _ in 0..100 {
        let page = shop.send(get(format!("/queries/products?limit=7{cursor}"))).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let items = page.body["items"].as_array().expect("items");
        assert!(items.len() <= 7);
        found.extend(items.iter().map(|item| item["product_id"].as_str().expect("an id").to_owned()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(found.is_sorted(), "{found:?}");
    found.retain(|id| wanted.contains(id));
    assert_eq!(found, wanted);
}
