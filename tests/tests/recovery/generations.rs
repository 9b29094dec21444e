//! From one generation to the other and back.

use std::collections::BTreeMap;
use std::env::temp_dir;
use std::path::Path;

use e2e::{Caller, Operator, get, post};
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::{Value, json};
use uuid::Uuid;

/// A stack with the data in `data`, in which queries read `live`, and `built` is built.
async fn stack(data: &Path, live: &str, built: &str) -> RunningStack {
    let given = [("LiveGeneration", live), ("BuildGeneration", built), ("PriceSource", "command")];
    let parameters: BTreeMap<_, _> =
        given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let options = StackOptions { parameters, data: Some(data.to_owned()), ..StackOptions::default() };
    Stack::start(options).await.expect("a stack")
}

fn customer(stack: &RunningStack) -> Caller {
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    Caller::new(stack.base_url()).expect("a client").with(token)
}

fn operator(stack: &RunningStack) -> Operator {
    Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator")
}

/// Places an order and confirms it; its id.
async fn ordered(customer: &Caller) -> String {
    let item = json!({"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990});
    let create = post("/commands/orders").json(&json!({"currency": "EUR", "items": [item]}));
    let created =
        customer.send(create.header("idempotency-key", Uuid::now_v7().to_string())).await.expect("an answer");
    assert_eq!(created.status, 201, "{}", created.body);
    let order = created.body["order_id"].as_str().expect("an id").to_owned();
    let confirmed =
        customer.send(post(format!("/commands/orders/{order}/confirm"))).await.expect("an answer");
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    order
}

/// Asserts that the order's view has both its events.
async fn seen(customer: &Caller, order: &str) {
    let call = get(format!("/queries/orders/{order}?min_version=2")).header("prefer", "wait=20");
    let view = customer.send(call).await.expect("an answer");
    assert_eq!(
        (view.status, view.body["status"].as_str()),
        (200, Some("confirmed")),
        "{order}: {}",
        view.body
    );
}

/// Goes on with the rebuild until it is done, and compares then.
async fn built(operator: &Operator) -> Value {
    for _ in 0..100 {
        let report = operator.invoke("rebuild", &json!({"task": "build"})).await.expect("a report");
        if report["state"] == "done" {
            return operator.invoke("rebuild", &json!({"task": "compare"})).await.expect("a comparison");
        }
    }
    panic!("the rebuild does not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_built_cut_over_to_and_rolled_back_from() {
    let data = temp_dir().join(format!("generations-{}", Uuid::now_v7()));
    let before = stack(&data, "blue", "none").await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(ordered(&customer(&before)).await);
    }
    seen(&customer(&before), &orders[19]).await;
    before.shutdown().await;

    let building = stack(&data, "blue", "green").await;
    let load = async {
        let customer = customer(&building);
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.push(ordered(&customer).await);
            seen(&customer, &orders[orders.len() - 1]).await;
        }
        orders
    };
    let operator_then = operator(&building);
    let (meanwhile, compared) = tokio::join!(load, built(&operator_then));
    assert_eq!(compared["state"], "equal", "{compared}");
    assert!(compared["compared"].as_u64() > Some(200), "{compared}");
    orders.extend(meanwhile);
    let after_load =
        operator_then.invoke("rebuild", &json!({"task": "compare"})).await.expect("a comparison");
    assert_eq!(after_load["state"], "equal", "{after_load}");
    for (function, calls) in building.observed_calls().all() {
        assert!(calls.iter().all(|call| call.allowed), "{function} was refused something: {calls:?}");
    }
    building.shutdown().await;

    for live in ["green", "blue"] {
        let stack = stack(&data, live, "green").await;
        let customer = customer(&stack);
        let query = stack.template().functions.iter().find(|function| function.binary == "get-order");
        let table = query.expect("a query").environment["QUERY_TABLE"].clone();
        assert_eq!(table, if live == "green" { "GreenQueryTable" } else { "QueryTable" });
        orders.push(ordered(&customer).await);
        for order in &orders {
            seen(&customer, order).await;
        }
        stack.shutdown().await;
    }
    std::fs::remove_dir_all(&data).expect("removed");
}
