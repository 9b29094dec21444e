//! Every use case once, the unusual ones included.

use e2e::{Aws, Caller, Embedded, Reply, delete, get, post, put, target};
use serde_json::json;

/// Starts one instance of every HTTP function, with a request that none of them can carry out.
pub(crate) async fn start_cold(stack: &Embedded) {
    let caller = caller();
    for route in &stack.template.routes {
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
pub(crate) async fn all_use_cases() {
    let caller = caller();
    let aws = Aws::of(target().expect("a stack")).expect("its AWS side");
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

    aws.forget(order).await.expect("forgotten");
    let changes = aws.changes(order).await.expect("changes");
    aws.put(changes[3].to_string().as_bytes()).await.expect("put");
    wait_for(&caller, order, 4).await;
    aws.put(b"poison").await.expect("put");
    let mut letters = Vec::new();
    for _ in 0..60 {
        letters.extend(aws.dead_letters().await.expect("letters"));
        if !letters.is_empty() {
            break;
        }
    }
    assert_eq!(letters.len(), 1);

    for query in ["user_id=tourist", "status=delivered", ""] {
        assert_eq!(send(&caller, get(format!("/queries/orders?{query}"))).await.status, 200);
    }
}

async fn wait_for(caller: &Caller, order: &str, version: u64) {
    let call = get(format!("/queries/orders/{order}?min_version={version}")).header("prefer", "wait=20");
    let reply = send(caller, call).await;
    assert_eq!(reply.body["version"].as_u64(), Some(version), "{}", reply.body);
}

fn caller() -> Caller {
    Caller::new(&target().expect("a stack").base_url).expect("a client")
}

async fn send(caller: &Caller, call: e2e::Call) -> Reply {
    caller.send(call).await.expect("an answer")
}
