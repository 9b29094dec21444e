//! What a sudden end of the embedded stack loses: nothing that it had acknowledged.

#[cfg(test)]
mod runner;

#[cfg(test)]
mod durability {
    use e2e::{Caller, get, post};
    use serde_json::json;
    use uuid::Uuid;

    use crate::runner::{Runner, binary};

    const ORDERS: usize = 30;

    /// Creates an order, confirms it, and tells its id: a confirmation that is acknowledged is version 2.
    async fn confirmed(caller: &Caller) -> String {
        let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
        let created =
            caller.send(post("/commands/orders").json(&json!({"user_id": "customer", "items": items}))).await;
        let order = created.expect("an answer").body["order_id"].as_str().expect("an id").to_owned();
        let confirmed =
            caller.send(post(format!("/commands/orders/{order}/confirm"))).await.expect("an answer");
        assert_eq!((confirmed.status, &confirmed.body["version"]), (200, &json!(2)));
        order
    }

    #[tokio::test]
    async fn every_acknowledged_order_is_there_after_a_kill() {
        let data = std::env::temp_dir().join(format!("durability-{}", Uuid::now_v7()));
        let binary = binary().await;
        let first = Runner::start(&binary, &data);
        let caller = first.caller(&binary);
        let orders = futures::future::join_all((0..ORDERS).map(|_| confirmed(&caller))).await;
        first.kill();

        let second = Runner::start(&binary, &data);
        let caller = second.caller(&binary);
        for order in &orders {
            let view = get(format!("/queries/orders/{order}?min_version=2")).header("prefer", "wait=20");
            let reply = caller.send(view).await.expect("an answer");
            assert_eq!(
                (reply.status, &reply.body["status"]),
                (200, &json!("confirmed")),
                "{order}: {}",
                reply.body
            );
        }
        second.kill();
        std::fs::remove_dir_all(&data).expect("removed");
    }
}
