//! Tests the query for one order.

use e2e::get;
use serde_json::json;

use crate::scenarios::support::{assert_problem, command, shop};

#[tokio::test]
async fn an_unchanged_view_is_not_sent_again() {
    let shop = shop();
    let order = shop.created().await;
    let view = shop.view(&order, 1).await;
    let tag = view.header("etag");
    assert!(view.status == 200 && tag.starts_with("\"1."), "{tag}");
    let path = format!("/queries/orders/{order}");
    let same = shop.send(get(&path).header("if-none-match", tag)).await;
    assert_eq!((same.status, same.header("etag")), (304, tag));
    for other in ["\"9\"", "\"1\"", "\"1.00000000\""] {
        let other = shop.send(get(&path).header("if-none-match", other)).await;
        assert_eq!(other.status, 200, "the tag of another answer");
    }
    let confirm = command(&order, "confirm").header("if-match", tag);
    assert_eq!(shop.send(confirm).await.status, 200, "a command accepts the tag of the view");
}

#[tokio::test]
async fn a_caller_that_waits_for_a_version_sees_its_write() {
    let shop = shop();
    let order = shop.created().await;
    for (verb, version, status) in [("confirm", 2, "confirmed"), ("cancel", 3, "cancelled")] {
        let reply = shop.send(command(&order, verb)).await;
        assert_eq!(reply.body["version"], version);
        assert_eq!(shop.view(&order, version).await.body["status"], status);
    }
}

#[tokio::test]
async fn a_missing_version_is_answered_after_the_wait() {
    let shop = shop();
    let order = shop.created().await;
    shop.view(&order, 1).await;
    let early =
        shop.send(get(format!("/queries/orders/{order}?min_version=9")).header("prefer", "wait=1")).await;
    assert_eq!((early.status, &early.body["version"], early.header("retry-after")), (200, &json!(1), "1"));
    let nowhere = "/queries/orders/00000000-0000-4000-8000-000000000000?min_version=1";
    let missing = shop.send(get(nowhere).header("prefer", "wait=1")).await;
    assert_problem(&missing, 404, "not-found");
    assert_eq!(missing.header("retry-after"), "1");
    for bad in ["min_version=x", "min_version=-1", "version=1"] {
        assert_problem(
            &shop.send(get(format!("/queries/orders/{order}?{bad}"))).await,
            400,
            "malformed-request",
        );
    }
}
