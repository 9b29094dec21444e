//! Tests a generation of the query table: its build under load, the cut-over, the rollback, and its repair.

use e2e::Operator;
use localstack::RunningStack;
use serde_json::{Value, json};

use crate::shop::{self, COMMAND_PRICES, Data, create_confirmed_order, customer, operator, wait_for_view};

/// A stack on `data`. Its queries read the generation `live`. Its projections write both `live` and `built`.
async fn stack(data: &Data, live: &str, built: &str) -> RunningStack {
    let generations = [("LiveGeneration", live), ("BuildGeneration", built)];
    // The default rate spares a new table of AWS, and the local one needs no such care.
    let rate = ("RebuildCommitsPerSecond", "1000");
    shop::stack(data, &[generations[0], generations[1], rate, COMMAND_PRICES], "").await
}

/// Starts the rebuild with `task` and continues it until it is done. Returns the last report.
pub(crate) async fn run_rebuild(operator: &Operator, task: Value) -> Value {
    let mut report = operator.invoke("rebuild", &task).await.expect("a report");
    for _ in 0..100 {
        if report["state"] == "done" {
            return report;
        }
        report = operator.invoke("rebuild", &json!({"task": "build"})).await.expect("a report");
    }
    panic!("the rebuild does not end");
}

pub(crate) async fn compare(operator: &Operator) -> Value {
    operator.invoke("rebuild", &json!({"task": "compare"})).await.expect("a comparison")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_is_built_cut_over_and_rolled_back() {
    let data = Data::new();
    let before = stack(&data, "blue", "none").await;
    let mut orders = Vec::new();
    for _ in 0..20 {
        orders.push(create_confirmed_order(&customer(&before)).await);
    }
    wait_for_view(&customer(&before), &orders[19]).await;
    before.shutdown().await;

    let building = stack(&data, "blue", "green").await;
    let load = async {
        let customer = customer(&building);
        let mut orders = Vec::new();
        for _ in 0..20 {
            orders.push(create_confirmed_order(&customer).await);
            wait_for_view(&customer, &orders[orders.len() - 1]).await;
        }
        orders
    };
    let operator = operator(&building);
    let build = async {
        run_rebuild(&operator, json!({"task": "build"})).await;
        compare(&operator).await
    };
    let (meanwhile, during_load) = tokio::join!(load, build);
    assert_eq!(during_load["state"], "equal", "{during_load}");
    assert!(during_load["compared"].as_u64() > Some(200), "{during_load}");
    orders.extend(meanwhile);
    let after_load = compare(&operator).await;
    assert_eq!(after_load["state"], "equal", "{after_load}");
    for (function, calls) in building.observed_calls().all() {
        assert!(calls.iter().all(|call| call.allowed), "{function} was refused a call: {calls:?}");
    }
    building.shutdown().await;

    for live in ["green", "blue"] {
        let stack = stack(&data, live, "green").await;
        let customer = customer(&stack);
        let query = stack.template().functions.iter().find(|function| function.binary == "get-order");
        let table = query.expect("a query").environment["QUERY_TABLE"].clone();
        assert_eq!(table, if live == "green" { "GreenQueryTable" } else { "QueryTable" });
        orders.push(create_confirmed_order(&customer).await);
        for order in &orders {
            wait_for_view(&customer, order).await;
        }
        stack.shutdown().await;
    }
    repair_after_a_gap(&data).await;
}

/// Checks a generation that the projections did not write for a time. It lacks the events of that time. A comparison
/// must report the difference, and a rebuild with `restart` must repair the generation.
async fn repair_after_a_gap(data: &Data) {
    let without = stack(data, "blue", "none").await;
    let order = create_confirmed_order(&customer(&without)).await;
    wait_for_view(&customer(&without), &order).await;
    without.shutdown().await;

    let with = stack(data, "blue", "green").await;
    let operator = operator(&with);
    let report = run_rebuild(&operator, json!({"task": "build"})).await;
    assert_eq!(report["run"], 1, "a finished rebuild must start again only with `restart`: {report}");
    let lacking = compare(&operator).await;
    assert_eq!(lacking["state"], "different", "{lacking}");
    let report = run_rebuild(&operator, json!({"task": "build", "restart": true})).await;
    assert_eq!(report["run"], 2, "{report}");
    let whole = compare(&operator).await;
    assert_eq!(whole["state"], "equal", "{whole}");
    with.shutdown().await;
}
