//! Tests that a caller who asks for the version of its write sees the write, even if the projection is seconds behind.

use std::collections::BTreeMap;

use e2e::{ApiClient, get, post};
use localstack::{Stack, StackOptions};
use serde_json::json;

/// The batch window of the projections in seconds. Each view lags behind by this time.
const LAG: &str = "3";

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_asks_for_its_version_never_misses_its_write() {
    // The projections also read through consumers of their own, and the issuer has names of its own for the scopes, which
    // the other tests do not have.
    let settings = [
        ("BatchWindow", LAG),
        ("LongestWait", "20"),
        ("ConsumerMode", "enhanced"),
        ("PriceSource", "command"),
        ("ReadScope", "shop.read"),
        ("WriteScope", "shop.write"),
        ("AdminScope", "shop.admin"),
    ];
    let parameters: BTreeMap<_, _> =
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let stack = Stack::start(StackOptions { parameters, ..StackOptions::default() }).await.expect("a stack");
    let caller = |subject, scopes| {
        let token = stack.token(subject, scopes).expect("a token");
        ApiClient::new(stack.base_url()).expect("a client").with(token)
    };
    let (caller, admin) = (caller("customer", "shop.read shop.write"), caller("clerk", "shop.admin"));

    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = || post("/commands/orders").json(&json!({ "items": items }));
    // A precondition is the only reason to read the event table if the prices come with the order.
    let on_nothing = caller.send(create().header("if-match", "*")).await.expect("an answer");
    assert_eq!(on_nothing.status, 412, "{}", on_nothing.body);
    let created = caller.send(create().header("if-none-match", "*")).await.expect("an answer");
    assert_eq!(created.status, 201, "{}", created.body);
    let path = format!("/queries/orders/{}", created.body["order_id"].as_str().expect("an id"));

    let careless = caller.send(get(&path)).await.expect("an answer");
    assert_eq!(careless.status, 404, "the projection is not slow: {}", careless.body);
    let impatient = caller.send(get(format!("{path}?min_version=1"))).await.expect("an answer");
    assert_eq!((impatient.status, impatient.header("retry-after")), (404, "1"));
    let waiting = get(format!("{path}?min_version=1")).header("prefer", "wait=20");
    let patient = caller.send(waiting).await.expect("an answer");
    assert_eq!((patient.status, &patient.body["version"]), (200, &json!(1)));
    assert_eq!(patient.header("preference-applied"), "wait=20");
    let foreign = admin.send(get(&path)).await.expect("an answer");
    assert_eq!((foreign.status, &foreign.body["user_id"]), (200, &json!("customer")));
    stack.shutdown().await;
}
