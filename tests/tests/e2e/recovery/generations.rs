//! Tests a generation of the query table: its build under load, the cut-over, a plain deployment after it, the roll-back,
//! and its repair.

use e2e::{Operator, SHORTEST_TIMES};
use localstack::RunningStack;
use serde_json::{Value, json};

use crate::recovery::shop::{
    self, COMMAND_PRICES, Data, create_confirmed_order, customer, operator, wait_for_view,
};

/// A stack on `data`, always with the same parameters, in which a change of the generations settles soon. The default rate
/// spares a new table of AWS, and the local one needs no such care.
async fn stack(data: &Data) -> RunningStack {
    let others = [("RebuildCommitsPerSecond", "1000"), COMMAND_PRICES];
    shop::stack(data, &[&SHORTEST_TIMES[..], &others].concat(), "").await
}

async fn ask(operator: &Operator, task: &str) -> Value {
    operator.invoke("rebuild", &json!({"task": task})).await.expect("a report")
}

/// The most attempts to find the generations equal, and the most attempts of a cut-over.
const ATTEMPTS: u32 = 5;

/// Asserts that the generations are equal. If the generation that is not live missed a stream on a busy machine, runs the
/// rebuild again first, as its page says.
async fn expect_equal(operator: &Operator) {
    let mut compared = ask(operator, "compare").await;
    for _ in 1..ATTEMPTS {
        if compared["state"] != "different" || missed(&ask(operator, "progress").await) == 0 {
            break;
        }
        let restart = json!({"task": "build", "restart": true});
        operator.rebuild(&restart).await.expect("a finished rebuild");
        compared = ask(operator, "compare").await;
    }
    assert_eq!(compared["state"], "equal", "{compared}");
    assert!(compared["compared"].as_u64() > Some(200), "{compared}");
}

/// How many streams both generations have missed.
fn missed(progress: &Value) -> u64 {
    let of_generation = |generation: &str| progress["missed"][generation].as_u64().expect("a count");
    of_generation("blue") + of_generation("green")
}

/// Cuts over or rolls back. If a generation missed a stream since the comparison, compares again first, as the page of the
/// rebuild says.
async fn switch(operator: &Operator, task: &str) -> Value {
    let mut refusal = String::new();
    for _ in 0..ATTEMPTS {
        match operator.invoke("rebuild", &json!({"task": task})).await {
            Ok(report) => return report,
            Err(error) => refusal = error.to_string(),
        }
        assert!(refusal.contains("missed streams since"), "{refusal}");
        expect_equal(operator).await;
    }
    panic!("{refusal}");
}

/// Creates `number` orders and waits until each is in its view.
async fn create_orders(stack: &RunningStack, number: usize) -> Vec<String> {
    let customer = customer(stack);
    let mut orders = Vec::new();
    for _ in 0..number {
        orders.push(create_confirmed_order(&customer).await);
        wait_for_view(&customer, &orders[orders.len() - 1]).await;
    }
    orders
}

async fn expect_orders(stack: &RunningStack, orders: &[String]) {
    for order in orders {
        wait_for_view(&customer(stack), order).await;
    }
}

/// Asserts that `live` is live and has `orders`, and that queries show a new order, too. Adds the new order to `orders`.
async fn expect_live(stack: &RunningStack, live: &str, orders: &mut Vec<String>) {
    let progress = ask(&operator(stack), "progress").await;
    assert_eq!(progress["live"], live, "{progress}");
    expect_orders(stack, orders).await;
    orders.extend(create_orders(stack, 1).await);
}

/// Stops `stack` when its rebuild is idle. The schedule invokes the rebuild every minute, and the lease of an invocation
/// that ends with its stack remains for fifteen minutes.
async fn stop(stack: RunningStack) {
    ask(&operator(&stack), "build").await;
    stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_built_under_load_cut_over_and_rolled_back_across_plain_deployments() {
    let data = Data::new();
    let first = stack(&data).await;
    let mut orders = create_orders(&first, 20).await;
    let begun = ask(&operator(&first), "begin").await;
    assert_eq!((&begun["live"], &begun["stage"]), (&json!("blue"), &json!("building")), "{begun}");
    first.shutdown().await;

    let building = stack(&data).await;
    let builder = operator(&building);
    let build = async {
        let report = builder.rebuild(&json!({"task": "build"})).await.expect("a finished rebuild");
        assert_eq!(report["run"], 1, "{report}");
        expect_equal(&builder).await;
    };
    let (meanwhile, ()) = tokio::join!(create_orders(&building, 30), build);
    orders.extend(meanwhile);
    expect_equal(&builder).await;
    let cut_over = async {
        let report = switch(&builder, "cut_over").await;
        assert_eq!(report["live"], "green", "{report}");
    };
    let (meanwhile, ()) = tokio::join!(create_orders(&building, 10), cut_over);
    orders.extend(meanwhile);
    expect_live(&building, "green", &mut orders).await;
    for (function, calls) in building.observed_calls().all() {
        assert!(calls.iter().all(|call| call.allowed), "{function} was refused a call: {calls:?}");
    }
    stop(building).await;

    let deployed_again = stack(&data).await;
    expect_live(&deployed_again, "green", &mut orders).await;
    let report = switch(&operator(&deployed_again), "roll_back").await;
    assert_eq!(report["live"], "blue", "{report}");
    expect_live(&deployed_again, "blue", &mut orders).await;
    stop(deployed_again).await;

    let deployed_again = stack(&data).await;
    expect_live(&deployed_again, "blue", &mut orders).await;
    deployed_again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_whose_use_has_ended_is_emptied_and_built_again() {
    let data = Data::new();
    let stack = stack(&data).await;
    let operator = operator(&stack);
    ask(&operator, "begin").await;
    let mut orders = create_orders(&stack, 5).await;
    let ended = ask(&operator, "end").await;
    assert_eq!(ended["stage"], Value::Null, "{ended}");
    orders.extend(create_orders(&stack, 5).await);
    let refused = operator.invoke("rebuild", &json!({"task": "cut_over"})).await.expect_err("a refusal");
    assert!(refused.to_string().contains("no generation was begun"), "{refused}");

    let begin = json!({"task": "begin", "empty": true});
    let report = operator.rebuild(&begin).await.expect("a finished rebuild");
    assert_eq!(report["run"], 2, "{report}");
    assert!(report["commits"].as_u64() >= Some(20), "an emptied generation gets every commit: {report}");
    orders.extend(create_orders(&stack, 20).await);
    expect_equal(&operator).await;
    stack.shutdown().await;
}
