//! Tests the handler with API Gateway payloads: separate results, sequence, concurrency and repeated batches.

use std::time::Duration;

use commands::create_order::PriceSource;
use commands::dispatch;
use commands::submit_batch::{CONCURRENCY, MAX_COMMANDS, handle};
use es_core::{EventAppender, EventReader};
use event_store::DynamoEventStore;
use http_api::GatewayEvent;
use serde_json::{Value, json};
use testing::dynamodb::LocalDynamoDb;
use testing::gateway::{Answered, anonymous, sample, samples, signed_in};
use testing::{GaugedEventStore, InMemoryEventStore};

use crate::request;

async fn submit<S: EventReader + EventAppender>(store: &S, event: GatewayEvent) -> Answered {
    Answered::from(handle(store, &PriceSource::Command, &request(event)).await)
}

/// The sample with other commands and the sample's idempotency key.
fn batch(commands: &[Value]) -> GatewayEvent {
    let mut event = sample("submit-batch", "mixed");
    event.payload.body = Some(json!({ "commands": commands }).to_string());
    event
}

fn create(user: &str) -> Value {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    json!({"operation": "create", "user_id": user, "items": items})
}

fn results(answered: &Answered) -> &[Value] {
    assert_eq!(answered.status, 200, "{}", answered.body);
    answered.body["results"].as_array().unwrap()
}

/// The status of each result, with the last part of the problem's type or an empty text.
fn outcomes(answered: &Answered) -> Vec<(i64, String)> {
    let code = |result: &Value| result["problem"]["type"].as_str().unwrap_or_default().to_owned();
    let short = |code: String| code.rsplit(':').next().unwrap_or_default().to_owned();
    results(answered).iter().map(|result| (result["status"].as_i64().unwrap(), short(code(result)))).collect()
}

fn success(status: i64) -> (i64, String) {
    (status, String::new())
}

fn problem(status: i64, code: &str) -> (i64, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn every_sample_executes_all_its_commands() {
    for (name, event) in samples("submit-batch") {
        let store = InMemoryEventStore::default();
        for (_, product) in samples("register-product") {
            commands::register_product::handle(&store, &request(product)).await;
        }
        let prices = PriceSource::new("catalog", Duration::from_secs(30)).unwrap();
        for (_, order) in samples("create-order") {
            commands::create_order::handle(&store, &prices, &request(order)).await;
        }
        let answered = Answered::from(handle(&store, &prices, &request(event)).await);
        let expected = [201, 200, 200, 200, 200].map(success).into_iter().chain([problem(404, "not-found")]);
        assert_eq!(outcomes(&answered), expected.collect::<Vec<_>>(), "{name}");
    }
}

#[tokio::test]
async fn commands_on_one_order_run_in_sequence() {
    let store = GaugedEventStore::<InMemoryEventStore>::default();
    let created = submit(&store, batch(&[create("u")])).await;
    let order = &results(&created)[0]["receipt"]["order_id"];
    let life = [
        json!({"operation": "confirm", "order_id": order, "if_match": 1}),
        json!({"operation": "ship", "order_id": order, "tracking_number": "123456", "carrier": "DHL"}),
        json!({"operation": "cancel", "order_id": order}),
        json!({"operation": "deliver", "order_id": order, "if_match": 3}),
        json!({"operation": "deliver", "order_id": order, "if_match": 3}),
    ];
    let mut event = batch(&life);
    event.payload.headers.remove("idempotency-key");
    let answered = submit(&store, event).await;
    let expected = [
        success(200),
        success(200),
        problem(409, "order-already-shipped"),
        success(200),
        problem(412, "stale-version"),
    ];
    assert_eq!(outcomes(&answered), expected);
    let receipt = json!({"order_id": order, "version": 4, "status": "delivered"});
    let delivered = json!({"status": 200, "replayed": false, "receipt": receipt});
    assert_eq!(results(&answered)[3], delivered);
    assert_eq!(store.most_at_once(), 1);
}

#[tokio::test]
async fn each_of_a_hundred_commands_has_its_own_result_at_its_index() {
    let store = InMemoryEventStore::default();
    let commands: Vec<_> = (0..MAX_COMMANDS)
        .map(|index| match index % 5 {
            0 => create(&format!("user-{index}")),
            1 => json!({"operation": "confirm", "order_id": "00000000-0000-4000-8000-000000000000"}),
            2 => json!({"operation": "create", "user_id": "", "items": []}),
            3 => json!({"operation": "explode"}),
            _ => json!("nothing at all"),
        })
        .collect();
    let answered = submit(&store, batch(&commands)).await;
    let one_round = [
        success(201),
        problem(404, "not-found"),
        problem(422, "invalid-value"),
        problem(400, "malformed-request"),
        problem(400, "malformed-request"),
    ];
    let expected: Vec<_> = one_round.iter().cycle().take(MAX_COMMANDS).cloned().collect();
    assert_eq!(outcomes(&answered), expected);
    assert_eq!(store.appends(), MAX_COMMANDS / 5);

    let again = submit(&store, batch(&commands)).await;
    assert_eq!(outcomes(&again), expected);
    for (first, again) in results(&answered).iter().zip(results(&again)).step_by(5) {
        assert_eq!(first["receipt"], again["receipt"]);
        assert_eq!((&first["replayed"], &again["replayed"]), (&json!(false), &json!(true)));
    }
}

#[tokio::test]
async fn the_number_of_concurrent_commands_is_limited() {
    let store = GaugedEventStore::<InMemoryEventStore>::default();
    let commands = vec![create("u"); MAX_COMMANDS];
    let mut event = batch(&commands);
    event.payload.headers.remove("idempotency-key");
    assert_eq!(outcomes(&submit(&store, event).await), vec![success(201); MAX_COMMANDS]);
    assert_eq!(store.most_at_once(), CONCURRENCY);
}

#[tokio::test]
async fn a_command_with_a_key_replays_the_single_request() {
    let life = [("create", "one-item"), ("confirm", "confirm"), ("ship", "ship"), ("deliver", "deliver")];
    for operations in [&life[..], &[("cancel", "with-reason")]] {
        let store = InMemoryEventStore::default();
        for (_, order) in samples("create-order") {
            commands::create_order::handle(&store, &PriceSource::Command, &request(order)).await;
        }
        for (operation, name) in operations {
            let function = format!("{operation}-order");
            let alone = signed_in(sample(&function, name), "operator-0001", "orders:admin");
            let body = alone.payload.body.as_deref().unwrap_or("{}");
            let mut command: Value = serde_json::from_str(body).unwrap();
            command["operation"] = json!(operation);
            command["idempotency_key"] = json!(alone.payload.headers["idempotency-key"].to_str().unwrap());
            if let Some(order) = alone.payload.path_parameters.get("id") {
                command["order_id"] = json!(order);
            }
            let first = dispatch(&function, &store, &PriceSource::Command, &request(alone)).await.unwrap();
            let first = Answered::from(first);
            let again = submit(&store, batch(&[command])).await;
            let expected = json!({"status": first.status, "replayed": true, "receipt": first.body});
            assert_eq!(results(&again)[0], expected, "{operation}");
        }
    }
}

#[tokio::test]
async fn a_batch_under_the_longest_key_can_be_repeated() {
    let store = InMemoryEventStore::default();
    let mut event = batch(&vec![create("u"); MAX_COMMANDS]);
    event.payload.headers.insert("idempotency-key", "k".repeat(255).parse().unwrap());
    let first = submit(&store, event.clone()).await;
    assert_eq!(outcomes(&first), vec![success(201); MAX_COMMANDS]);
    let again = submit(&store, event).await;
    for (first, again) in results(&first).iter().zip(results(&again)) {
        assert_eq!((&first["receipt"], &again["replayed"]), (&again["receipt"], &json!(true)));
    }
    assert_eq!(store.appends(), 2 * MAX_COMMANDS);
}

#[tokio::test]
async fn the_problem_names_the_unreadable_member_of_a_command() {
    let order = "00000000-0000-4000-8000-000000000000";
    let cases = [
        (json!({}), "operation"),
        (json!({"operation": 7}), "operation"),
        (json!({"operation": "confirm"}), "order_id"),
        (json!({"operation": "confirm", "order_id": 7}), "order_id"),
        (json!({"operation": "confirm", "order_id": order, "if_match": "1"}), "if_match"),
        (json!({"operation": "confirm", "order_id": order, "idempotency_key": "\n"}), "idempotency_key"),
        (json!({"operation": "confirm", "order_id": order, "gift": 1}), "gift"),
        (json!({"operation": "create", "order_id": order, "user_id": "u", "items": []}), "order_id"),
        (json!({"operation": "ship", "order_id": order}), "tracking_number"),
    ];
    let commands: Vec<_> = cases.iter().map(|(command, _)| command.clone()).collect();
    let answered = submit(&InMemoryEventStore::default(), batch(&commands)).await;
    for (result, (command, field)) in results(&answered).iter().zip(&cases) {
        let named = &result["problem"]["errors"][0]["field"];
        assert_eq!((&result["status"], named), (&json!(400), &json!(field)), "{command}");
    }
}

#[tokio::test]
async fn a_batch_has_one_to_a_hundred_commands() {
    let store = InMemoryEventStore::default();
    for (commands, code) in
        [(vec![], "commands-missing"), (vec![create("u"); MAX_COMMANDS + 1], "commands-too-many")]
    {
        let answered = submit(&store, batch(&commands)).await;
        assert_eq!((answered.status, &answered.body["errors"][0]["code"]), (422, &json!(code)));
    }
    assert_eq!(store.appends(), 0);
}

#[tokio::test]
async fn a_batch_costs_the_sum_of_its_commands() {
    let dynamodb = LocalDynamoDb::start().await;
    let store = DynamoEventStore::new(dynamodb.client(), dynamodb.event_table().await);
    let created = submit(&store, batch(&[create("a"), create("b")])).await;
    assert_eq!(dynamodb.recorder().requests(), ["PutItem", "PutItem"]);
    dynamodb.recorder().clear();
    let confirm = |index: usize| json!({"operation": "confirm", "order_id": results(&created)[index]["receipt"]["order_id"]});
    let mut confirmations = batch(&[confirm(0), confirm(1)]);
    confirmations.payload.headers.remove("idempotency-key");
    assert_eq!(outcomes(&submit(&store, confirmations).await), [success(200), success(200)]);
    let recorder = dynamodb.recorder();
    assert_eq!((recorder.count("Query"), recorder.count("PutItem"), recorder.requests().len()), (2, 2, 4));
}

#[tokio::test]
async fn a_batch_gives_a_customer_no_extra_rights() {
    let store = InMemoryEventStore::default();
    let foreign = submit(&store, batch(&[create("user-0007")])).await;
    let order = &results(&foreign)[0]["receipt"]["order_id"];
    let commands = [
        json!({"operation": "confirm", "order_id": order, "if_match": 9}),
        create("user-0007"),
        create("user-0042"),
        json!({"operation": "cancel", "order_id": order}),
    ];
    let answered = submit(&store, signed_in(batch(&commands), "user-0042", "orders:write")).await;
    let refused = || problem(403, "not-yours");
    assert_eq!(outcomes(&answered), [problem(403, "forbidden"), refused(), success(201), refused()]);
    let mut unkeyed = batch(&commands);
    unkeyed.payload.headers.remove("idempotency-key");
    let clerk = submit(&store, signed_in(unkeyed, "clerk-0001", "orders:fulfil")).await;
    let no_scope = || problem(403, "forbidden");
    assert_eq!(outcomes(&clerk), [problem(412, "stale-version"), no_scope(), no_scope(), no_scope()]);
    assert_eq!(submit(&store, anonymous(batch(&commands))).await.status, 401);
}
