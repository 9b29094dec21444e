//! An instance is frozen between its invocations, with all it has started, and goes on for the next or for its end.

use serde_json::json;
use stack_lambda::FunctionSpec;

use crate::background::ticks;
use crate::stack::{eventually, fresh_path, frozen, invoke, pid, runs, spec, start};

fn only_one() -> FunctionSpec {
    FunctionSpec { max_instances: 1, ..spec() }
}

#[tokio::test]
async fn a_function_gets_nowhere_between_two_invocations() {
    let (lambda, other) = (start(only_one()).await, start(only_one()).await);
    let path = fresh_path();
    let function = pid(&invoke(&lambda, json!({ "mode": "tick", "path": path })).await);
    frozen(function).await;
    let then = ticks(&path);
    for _ in 0..20 {
        invoke(&other, json!({})).await;
    }
    assert_eq!(ticks(&path), then);
    let next = invoke(&lambda, json!({ "mode": "more-ticks", "path": path })).await;
    assert_eq!(pid(&next), function);
    assert!(ticks(&path) > then);
    lambda.shutdown().await;
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn what_a_function_has_started_is_frozen_with_it_and_goes_with_it() {
    let lambda = start(only_one()).await;
    let child = pid(&invoke(&lambda, json!({ "mode": "child" })).await);
    frozen(child).await;
    lambda.shutdown().await;
    eventually("the end of the function's child", || (!runs(child)).then_some(())).await;
}

#[tokio::test]
async fn a_frozen_function_is_told_to_end_and_can_act_on_it() {
    let lambda = start(only_one()).await;
    let path = fresh_path();
    let function = pid(&invoke(&lambda, json!({ "mode": "farewell", "path": path })).await);
    frozen(function).await;
    lambda.shutdown().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "farewell");
    std::fs::remove_file(path).unwrap();
}
