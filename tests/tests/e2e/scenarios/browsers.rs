//! Tests what web pages, load balancers and HTTP libraries expect: HEAD, OPTIONS and the health check.

use e2e::{ApiCall, get};
use reqwest::Method;

use crate::scenarios::support::{anonymous, shop};

fn head(path: impl Into<String>) -> ApiCall {
    ApiCall::new(Method::HEAD, path)
}

#[tokio::test]
async fn anybody_may_ask_whether_the_api_runs() {
    let health = anonymous().send(get("/health")).await.expect("an answer");
    assert_eq!((health.status, health.body["status"].as_str()), (200, Some("ok")));
    assert!(health.body["version"].is_string(), "{}", health.body);
    let head = anonymous().send(head("/health")).await.expect("an answer");
    assert_eq!((head.status, head.body.is_null()), (200, true));
    let refused = anonymous().send(get("/health?deep=1")).await.expect("an answer");
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn head_has_the_status_and_headers_of_get() {
    let shop = shop();
    let order = shop.created().await;
    shop.view(&order, 1).await;
    for path in [
        format!("/queries/orders/{order}"),
        format!("/queries/orders/{order}/events"),
        "/queries/orders?limit=1".to_owned(),
        "/queries/orders/search?q=kettle".to_owned(),
        "/queries/products/pour-over-kettle".to_owned(),
        "/queries/products".to_owned(),
        "/queries/analytics/daily?from=2026-01-01&to=2026-01-01".to_owned(),
        "/queries/analytics/products?from=2026-01-01&to=2026-01-01".to_owned(),
        "/queries/orders?limit=0".to_owned(),
    ] {
        let (full, head) = (shop.send(get(&path)).await, shop.send(head(&path)).await);
        assert_eq!(head.status, full.status, "{path}");
        assert!(head.body.is_null(), "{path}: {}", head.body);
        for name in ["content-type", "etag"] {
            assert_eq!(head.header(name), full.header(name), "{path}: {name}");
        }
    }
    let tag = shop.send(head(format!("/queries/orders/{order}"))).await.header("etag").to_owned();
    let unchanged = head(format!("/queries/orders/{order}")).header("if-none-match", tag);
    assert_eq!(shop.send(unchanged).await.status, 304);
    let closed = anonymous().send(head("/queries/orders")).await.expect("an answer");
    assert_eq!(closed.status, 401);
}
