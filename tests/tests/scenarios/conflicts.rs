//! Several writers on one order.

use std::collections::BTreeMap;

use crate::support::{assert_problem, command, shop};

#[tokio::test]
async fn a_stale_if_match_is_refused_and_a_fresh_one_holds() {
    let shop = shop();
    let order = shop.created().await;
    let stale = shop.send(command(&order, "confirm").header("if-match", "\"7\"")).await;
    assert_problem(&stale, 412, "stale-version");
    let fresh = shop.send(command(&order, "confirm").header("if-match", "\"1\"")).await;
    assert_eq!((fresh.status, fresh.header("etag")), (200, "\"2\""));
    let malformed = shop.send(command(&order, "cancel").header("if-match", "2")).await;
    assert_problem(&malformed, 400, "malformed-request");
}

#[tokio::test]
async fn of_many_writers_at_once_exactly_one_wins() {
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
