//! Tests batches of commands.

use e2e::post;
use serde_json::{Value, json};

use crate::scenarios::support::{assert_problem, shop};

fn batch(commands: &[Value]) -> e2e::ApiCall {
    post("/commands/orders:batch").json(&json!({ "commands": commands }))
}

#[tokio::test]
async fn each_command_of_a_batch_has_its_own_result() {
    let shop = shop();
    let mut create = shop.order();
    create["operation"] = json!("create");
    let order = shop.created().await;
    let commands = [
        create.clone(),
        json!({"operation": "confirm", "order_id": order}),
        json!({"operation": "confirm", "order_id": order}),
        json!({"operation": "fly", "order_id": order}),
        json!({"operation": "ship", "order_id": order, "carrier": "DHL", "tracking_number": "123456"}),
        create,
    ];
    let call = batch(&commands).header("idempotency-key", &shop.user);
    let first = shop.send(call.clone()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let statuses = |body: &Value| {
        let results = body["results"].as_array().expect("results").clone();
        results.iter().map(|result| result["status"].as_u64()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&first.body), [201, 200, 409, 400, 200, 201].map(Some));
    let shipped = json!({"order_id": order, "version": 3, "status": "shipped"});
    assert_eq!(first.body["results"][4]["receipt"], shipped);
    let (one, other) = (&first.body["results"][0]["receipt"], &first.body["results"][5]["receipt"]);
    assert_ne!(one["order_id"], other["order_id"]);

    let again = shop.send(call).await;
    for index in [0, 1, 4, 5] {
        let (first, again) = (&first.body["results"][index], &again.body["results"][index]);
        assert_eq!((&again["receipt"], &again["replayed"]), (&first["receipt"], &json!(true)));
    }
    assert_eq!(shop.view(&order, 3).await.body["version"], 3);
}

#[tokio::test]
async fn empty_and_oversized_batches_are_refused() {
    let shop = shop();
    let confirm = json!({"operation": "confirm", "order_id": "00000000-0000-4000-8000-000000000000"});
    for (commands, code) in [(vec![], "commands-missing"), (vec![confirm; 101], "commands-too-many")] {
        let reply = shop.send(batch(&commands)).await;
        assert_problem(&reply, 422, "invalid-value");
        assert_eq!(reply.body["errors"][0]["code"], code);
    }
}

#[tokio::test]
async fn a_batch_under_the_longest_key_can_be_repeated() {
    let shop = shop();
    let mut create = shop.order();
    create["operation"] = json!("create");
    let key = format!("{:k<255}", shop.user);
    let call = batch(&[create.clone(), create]).header("idempotency-key", key);
    let (first, again) = (shop.send(call.clone()).await, shop.send(call).await);
    for index in [0, 1] {
        let (first, again) = (&first.body["results"][index], &again.body["results"][index]);
        assert_eq!(first["status"], 201, "{first}");
        assert_eq!((&again["receipt"], &again["replayed"]), (&first["receipt"], &json!(true)));
    }
}
