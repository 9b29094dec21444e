//! Every use case once, the unusual ones included.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::product::ProductId;
use e2e::{Aws, Caller, Reply, delete, get, post, put};
use localstack::RunningStack;
use serde_json::json;
use stack_template::Template;

/// Starts one instance of every HTTP function, with a request that none of them can carry out.
pub(crate) async fn start_cold(stack: &RunningStack) {
    let caller = caller(stack);
    for route in &stack.template().routes {
        let path = route.path.replace("{id}", "no-order");
        let call = match route.method.as_str() {
            "GET" => get(format!("{path}?nothing=1")),
            "PUT" => put(path).raw("{"),
            "DELETE" => delete(path).raw("{"),
            _ => post(path).raw("{"),
        };
        let reply = send(&caller, call).await;
        assert!([400, 404].contains(&reply.status), "{}: {}", route.path, reply.body);
    }
}

/// An order through all commands and queries; a view that has to be healed; a record that cannot be read.
pub(crate) async fn all_use_cases(stack: &RunningStack) {
    let caller = caller(stack);
    let aws = Aws::of_embedded(stack.aws_endpoint(), stack.template()).expect("its AWS side");
    let kettle = json!({"name": "Kettle", "unit_price_cents": 5990});
    for product in ["kettle", "jug"] {
        send(&caller, put(format!("/commands/products/{product}")).json(&kettle)).await;
    }
    send(&caller, delete("/commands/products/jug")).await;
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = post("/commands/orders").json(&json!({"user_id": "tourist", "items": items}));
    let created = send(&caller, create.clone()).await;
    let order = created.body["order_id"].as_str().expect("an id");
    send(&caller, post(format!("/commands/orders/{order}/confirm"))).await;
    let parcel = json!({"tracking_number": "1Z999AA10123456784", "carrier": "UPS"});
    send(&caller, post(format!("/commands/orders/{order}/ship")).json(&parcel)).await;
    send(&caller, post(format!("/commands/orders/{order}/deliver"))).await;
    let another = json!({"operation": "create", "user_id": "tourist", "items": items});
    let batch = json!({"commands": [another, {"operation": "confirm", "order_id": order}]});
    send(&caller, post("/commands/orders:batch").json(&batch)).await;
    let other = send(&caller, create).await;
    let other = other.body["order_id"].as_str().expect("an id");
    send(&caller, post(format!("/commands/orders/{other}/cancel"))).await;
    wait_for(&caller, order, 4).await;

    let opened_at = search_and_count(&caller, &aws, order).await;
    let known = format!("order#{order}");
    wait_for_history(&caller, order, 4).await;
    let checkpoints = ["view", "checkpoint#analytics-projection", "checkpoint#history-projection"];
    heal(&aws, &format!("order-{order}"), &checkpoints.map(|sk| (known.as_str(), sk))).await;
    wait_for(&caller, order, 4).await;
    wait_for_history(&caller, order, 4).await;
    let jug: ProductId = "jug".parse().expect("a product's id");
    wait_for_product(&caller, "jug", 2).await;
    heal(&aws, &jug.stream().to_string(), &[(&format!("product#{}", jug.stream().uuid()), "view")]).await;
    wait_for_product(&caller, "jug", 2).await;
    poison(&aws, stack.template()).await;

    assert_eq!(send(&caller, get("/queries/products")).await.status, 200);
    for query in ["user_id=tourist", "status=delivered", ""] {
        assert_eq!(send(&caller, get(format!("/queries/orders?{query}"))).await.status, 200);
    }
    crate::operators::all_tasks(stack, &aws, order, &opened_at).await;
}

/// Finds the delivered `order` by its words, by its parcel alone once its posting has been taken away and its shipment
/// has come again, and in the counters of its day; when it was opened.
async fn search_and_count(caller: &Caller, aws: &Aws, order: &str) -> String {
    let view = send(caller, get(format!("/queries/orders/{order}"))).await.body;
    let opened_at = view["created_at"].as_str().expect("a time");
    for query in ["q=kettle", "q=kettle&user_id=tourist", "q=1Z999AA10123456784", "q=delivered"] {
        wait_until(caller, &format!("/queries/orders/search?{query}"), order).await;
    }
    aws.forget("word#1z9", &format!("{opened_at}#{order}")).await.expect("forgotten");
    let changes = aws.changes(&format!("order-{order}")).await.expect("changes");
    aws.put(changes[2].to_string().as_bytes()).await.expect("put");
    wait_until(caller, "/queries/orders/search?q=1Z999AA10123456784", order).await;

    let day = &opened_at[..10];
    let days = format!("from={day}&to={day}");
    wait_until(caller, &format!("/queries/analytics/daily?{days}"), "delivered").await;
    wait_until(caller, &format!("/queries/analytics/products?{days}"), "kettle").await;
    opened_at.to_owned()
}

/// Asks for `path` until `wanted` is in the answer.
async fn wait_until(caller: &Caller, path: &str, wanted: &str) {
    for _ in 0..200 {
        let reply = send(caller, get(path)).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        if reply.body.to_string().contains(wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} does not answer {wanted}");
}

/// Takes away what projections know of `stream`, and brings them its last commit again.
async fn heal(aws: &Aws, stream: &str, known: &[(&str, &str)]) {
    for (pk, sk) in known {
        aws.forget(pk, sk).await.expect("forgotten");
    }
    let changes = aws.changes(stream).await.expect("changes");
    let last = changes.last().expect("a commit");
    aws.put(last.to_string().as_bytes()).await.expect("put");
}

/// Sends a record that cannot be read, until every projection has set it aside.
async fn poison(aws: &Aws, template: &Template) {
    let binaries = template.functions.iter().map(|function| function.binary.as_str());
    let mut projections: BTreeSet<_> = binaries.filter(|name| name.ends_with("-projection")).collect();
    aws.put(b"poison").await.expect("put");
    for _ in 0..60 {
        for letter in aws.dead_letters().await.expect("letters") {
            projections.remove(letter["function"].as_str().expect("a function"));
        }
        if projections.is_empty() {
            return;
        }
    }
    panic!("{projections:?} did not set it aside");
}

async fn wait_for_product(caller: &Caller, product: &str, version: u64) {
    let call = get(format!("/queries/products/{product}?min_version={version}")).header("prefer", "wait=20");
    let reply = send(caller, call).await;
    assert_eq!(reply.body["version"].as_u64(), Some(version), "{}", reply.body);
}

async fn wait_for_history(caller: &Caller, order: &str, events: usize) {
    for _ in 0..200 {
        let reply = send(caller, get(format!("/queries/orders/{order}/events"))).await;
        if reply.body["items"].as_array().is_some_and(|items| items.len() == events) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{order} has no history of {events} events");
}

async fn wait_for(caller: &Caller, order: &str, version: u64) {
    let call = get(format!("/queries/orders/{order}?min_version={version}")).header("prefer", "wait=20");
    let reply = send(caller, call).await;
    assert_eq!(reply.body["version"].as_u64(), Some(version), "{}", reply.body);
}

/// Who runs the shop, and may do everything.
fn caller(stack: &RunningStack) -> Caller {
    let token = stack.token("operator", "orders:admin").expect("a token");
    Caller::new(stack.base_url()).expect("a client").with(token)
}

async fn send(caller: &Caller, call: e2e::Call) -> Reply {
    caller.send(call).await.expect("an answer")
}
