//! Tests repeated requests, which are executed once, and concurrent writers on one order, of which one wins.

use std::collections::BTreeMap;

use e2e::post;
use serde_json::json;
use uuid::Uuid;

use crate::scenarios::support::{assert_problem, command, offer, shop, signed_in};

#[tokio::test]
async fn a_repeated_creation_gets_the_first_answer() {
    let shop = shop();
    let key = Uuid::now_v7().to_string();
    let create = post("/commands/orders").json(&shop.order()).header("idempotency-key", &key);
    let first = shop.send(create.clone()).await;
    let order = first.body["order_id"].as_str().expect("an id");
    shop.confirm(order).await;
    let again = shop.send(create).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    assert_eq!(
        (again.header("location"), again.header("etag")),
        (first.header("location"), first.header("etag"))
    );

    let mut other = shop.order();
    other["items"] = json!([{"product_id": "something-else", "quantity": 1, "unit_price_cents": 10_237}]);
    let reused = shop.send(post("/commands/orders").json(&other).header("idempotency-key", &key)).await;
    assert_problem(&reused, 422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_answer_after_later_changes() {
    let shop = shop();
    let order = shop.created().await;
    let confirm = command(&order, "confirm").header("idempotency-key", "confirm-once");
    let first = shop.send(confirm.clone()).await;
    shop.ship(&order).await;
    let again = shop.send(confirm).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(shop.view(&order, 3).await.body["version"], 3);

    let reused = command(&order, "deliver").header("idempotency-key", "confirm-once");
    assert_problem(&shop.send(reused).await, 422, "idempotency-key-reused");
}

#[tokio::test]
async fn concurrent_repeats_create_one_order() {
    let shop = shop();
    let create =
        post("/commands/orders").json(&shop.order()).header("idempotency-key", Uuid::now_v7().to_string());
    let replies = futures::future::join_all((0..8).map(|_| shop.send(create.clone()))).await;
    for reply in &replies {
        assert_eq!((reply.status, &reply.body), (201, &replies[0].body));
    }
    let replayed = replies.iter().filter(|reply| reply.header("idempotent-replayed") == "true").count();
    assert_eq!(replayed, replies.len() - 1);
}

#[tokio::test]
async fn a_stale_if_match_is_refused_and_a_current_one_accepted() {
    let shop = shop();
    let order = shop.created().await;
    let stale = shop.send(command(&order, "confirm").header("if-match", "\"7\"")).await;
    assert_problem(&stale, 412, "stale-version");
    let fresh = shop.send(command(&order, "confirm").header("if-match", "\"1\"")).await;
    assert_eq!((fresh.status, fresh.header("etag")), (200, "\"2\""));
    let malformed = shop.send(command(&order, "cancel").header("if-match", "2")).await;
    assert_problem(&malformed, 400, "malformed-request");
}

/// RFC 9110, section 13.
#[tokio::test]
async fn preconditions_list_tags_and_know_what_exists() {
    let shop = shop();
    let order = shop.created().await;
    let cancel = |name: &'static str, tags: &str| command(&order, "cancel").header(name, tags);
    for (name, tags) in [("if-match", "W/\"1\""), ("if-none-match", "\"1\""), ("if-none-match", "*")] {
        assert_problem(&shop.send(cancel(name, tags)).await, 412, "stale-version");
    }
    let nothing = "00000000-0000-4000-8000-000000000000";
    let on_nothing = shop.send(command(nothing, "cancel").header("if-match", "*")).await;
    assert_problem(&on_nothing, 412, "stale-version");
    assert_problem(&shop.cancel(nothing).await, 404, "not-found");
    let new = post("/commands/orders").json(&shop.order());
    assert_problem(&shop.send(new.clone().header("if-match", "*")).await, 412, "stale-version");
    assert_eq!(shop.send(new.header("if-none-match", "*")).await.status, 201);
    assert_eq!(shop.send(cancel("if-match", "\"7\", \"1\"")).await.status, 200);
}

#[tokio::test]
async fn one_of_many_concurrent_writers_wins() {
    let shop = shop();
    let order = shop.created().await;
    let replies = futures::future::join_all((0..10).map(|_| shop.confirm(&order))).await;
    let mut outcomes = BTreeMap::new();
    for reply in &replies {
        *outcomes.entry((reply.status, reply.problem().to_owned())).or_insert(0) += 1;
    }
    let lost = (409, "order-already-confirmed".to_owned());
    assert_eq!(outcomes, BTreeMap::from([((200, String::new()), 1), (lost, 9)]));
    assert_eq!(shop.view(&order, 2).await.body["version"], 2);
}

#[tokio::test]
async fn a_key_belongs_to_its_caller() {
    let (shop, product) = (shop(), format!("jug-{}", Uuid::now_v7()));
    let admins = ["first", "second"].map(|name| signed_in(&format!("{name}-{}", shop.user), "orders:admin"));
    let price = |cents, key: &str| offer(&product, "Jug", cents).header("idempotency-key", key);
    for (admin, cents, key, version) in [(0, 100, "1", 1), (0, 120, "2", 2), (1, 100, "1", 3)] {
        let reply = admins[admin].send(price(cents, key)).await.expect("an answer");
        assert_eq!(reply.body["version"], version, "{}", reply.body);
        assert_eq!(reply.header("idempotent-replayed"), "", "{}", reply.body);
    }
    for (admin, version) in admins.iter().zip([1, 3]) {
        let again = admin.send(price(100, "1")).await.expect("an answer");
        assert_eq!((&again.body["version"], again.header("idempotent-replayed")), (&json!(version), "true"));
    }
}

#[tokio::test]
async fn a_request_that_changed_nothing_is_decided_again() {
    let (shop, product) = (shop(), format!("jug-{}", Uuid::now_v7()));
    shop.send(offer(&product, "Jug", 100)).await;
    let same = || offer(&product, "Jug", 100).header("idempotency-key", "same");
    assert_eq!(shop.send(same()).await.body["version"], 1);
    shop.send(offer(&product, "Jug", 120)).await;
    assert_problem(&shop.send(same().header("if-match", "\"1\"")).await, 412, "stale-version");
    let again = shop.send(same()).await;
    assert_eq!((&again.body["version"], again.header("idempotent-replayed")), (&json!(3), ""));
}
