//! Tests that a sudden end of the embedded stack loses no acknowledged command.

mod runner;

use std::path::Path;

use e2e::{ApiClient, Aws, Load, audit, get, post, until_fresh, wait_until_caught_up};
use futures::stream::{self, StreamExt};
use localstack::StackOptions;
use serde_json::json;
use stack_template::Template;
use tokio::sync::watch;
use uuid::Uuid;

use crate::durability::runner::{Runner, binary};

const ORDERS: usize = 30;
/// The number of concurrent orders. It is small, because each concurrent order may start another instance.
const CALLERS: usize = 8;
const CUSTOMER: &str = "orders:read orders:write orders:fulfil";
const EVERYTHING: &str = "orders:read orders:write orders:admin";
/// With this parameter, orders contain their own prices, and no product has to be registered.
const COMMAND_PRICES: [&str; 2] = ["--param", "PriceSource=command"];
/// The options of a stack that the test reshards: a provisioned stream, and the faults that the stack injects in addition
/// to the kills.
const RESHARDED: [&str; 4] =
    ["--shards", "4", "--chaos", "duplicates=0.1,reorder=0.2,redeliver=0.1,throttle=0.02,lost-answer=0.02"];

/// Creates and confirms an order, and returns its id. The confirmation is version 2.
async fn confirmed(caller: &ApiClient) -> String {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let created =
        caller.send(post("/commands/orders").json(&json!({"user_id": "customer", "items": items}))).await;
    let created = created.expect("an answer");
    assert_eq!(created.status, 201, "{}", created.body);
    let order = created.body["order_id"].as_str().expect("an id").to_owned();
    let confirmed = caller.send(post(format!("/commands/orders/{order}/confirm"))).await.expect("an answer");
    assert_eq!((confirmed.status, &confirmed.body["version"]), (200, &json!(2)));
    order
}

#[tokio::test]
async fn every_acknowledged_order_survives_a_kill() {
    let data = std::env::temp_dir().join(format!("durability-{}", Uuid::now_v7()));
    let binary = binary().await;
    let first = Runner::start(&binary, &data, &COMMAND_PRICES);
    let caller = first.caller(&binary, CUSTOMER);
    let orders = stream::iter((0..ORDERS).map(|_| confirmed(&caller)));
    let orders: Vec<_> = orders.buffer_unordered(CALLERS).collect().await;
    first.kill();

    let second = Runner::start(&binary, &data, &COMMAND_PRICES);
    let caller = second.caller(&binary, CUSTOMER);
    for order in &orders {
        let view = get(format!("/queries/orders/{order}?min_version=2")).header("prefer", "wait=20");
        let reply = until_fresh(view, async |call| caller.send(call).await.expect("an answer")).await;
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

/// Clients of the AWS services of `runner`.
fn aws(runner: &Runner) -> Aws {
    let options = StackOptions::default();
    let template = Template::read(&options.template(), &options.parameters, runner.aws_endpoint());
    Aws::from_embedded(runner.aws_endpoint(), &template.expect("a template")).expect("clients")
}

/// Kills the runner three times during the load, each time just after a change of the number of shards. Starts a new
/// runner on the same data each time, with which the load continues. Returns the last runner.
async fn kill_three_times(
    mut runner: Runner,
    binary: &Path,
    data: &Path,
    load: &Load,
    callers: &watch::Sender<ApiClient>,
) -> Runner {
    let mut acknowledged = load.acknowledged();
    for commands in [20, 45, 70] {
        acknowledged.wait_for(|all| all.len() >= commands).await.expect("a load");
        aws(&runner).reshard(if commands == 45 { 3 } else { 4 }).await.expect("other shards");
        runner.kill();
        runner = Runner::start(binary, data, &RESHARDED);
        callers.send_replace(runner.caller(binary, EVERYTHING));
    }
    runner
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_survives_kills_without_loss_or_duplicates() {
    let data = std::env::temp_dir().join(format!("durability-{}", Uuid::now_v7()));
    let binary = binary().await;
    let first = Runner::start(&binary, &data, &RESHARDED);
    let callers = watch::Sender::new(first.caller(&binary, EVERYTHING));
    let load = Load::new(callers.subscribe());
    load.offer().await.expect("offers");
    let kills = kill_three_times(first, &binary, &data, &load, &callers);
    let (placed, last) = tokio::join!(load.run(5, 10), kills);
    placed.expect("every order placed");
    wait_until_caught_up(last.aws_endpoint()).await.expect("projections that have caught up");
    let caller = callers.borrow().clone();
    let acknowledged = load.acknowledged().borrow().clone();
    let findings = audit(&caller, &aws(&last), &acknowledged).await.expect("an audit");
    assert!(findings.is_empty(), "{}", findings.join("\n"));
    last.kill();
    std::fs::remove_dir_all(&data).expect("removed");
}
