//! Tests of instances over time: they are reused, multiplied, refused at the limit, frozen with their child processes
//! between invocations, and ended when idle and at shutdown.

use std::time::Duration;

use serde_json::json;
use stack_lambda::{FunctionSpec, InvokeError, Lambda, LambdaOptions};

use crate::background::ticks;
use crate::stack::{
    FUNCTION, call, ended, fresh_path, frozen, hanging, invoke, only_one, pid, runs, spec, start,
};

#[tokio::test]
async fn sequential_calls_share_one_instance() {
    let lambda = start(spec()).await;
    let first = invoke(&lambda, json!({})).await;
    assert!(first.cold_start);
    for _ in 0..20 {
        let next = invoke(&lambda, json!({})).await;
        assert!(!next.cold_start);
        assert_eq!(pid(&next), pid(&first));
    }
}

#[tokio::test]
async fn concurrent_calls_get_an_instance_each_up_to_the_limit() {
    let lambda = start(spec()).await;
    let ready: Vec<_> = (0..4).map(|_| fresh_path()).collect();
    let mut functions = Vec::new();
    for path in &ready {
        let (lambda, payload) = (lambda.clone(), json!({ "mode": "hang", "ready": path }));
        tokio::spawn(async move { call(&lambda, payload).await });
        functions.push(hanging(path).await[0]);
    }
    functions.sort_unstable();
    functions.dedup();
    assert_eq!(functions.len(), 4);
    let refused = call(&lambda, json!({})).await.unwrap_err();
    assert_eq!(refused, InvokeError::TooManyRequests { function: FUNCTION.to_owned(), limit: 4 });
    lambda.shutdown().await;
}

#[tokio::test]
async fn a_function_without_concurrency_is_always_throttled() {
    let lambda = start(FunctionSpec { max_instances: 0, ..spec() }).await;
    let refused = call(&lambda, json!({})).await.unwrap_err();
    assert_eq!(refused, InvokeError::TooManyRequests { function: FUNCTION.to_owned(), limit: 0 });
}

#[tokio::test]
async fn at_the_limit_a_call_right_after_a_response_is_accepted() {
    let lambda = start(only_one()).await;
    for _ in 0..50 {
        pid(&invoke(&lambda, json!({})).await);
    }
}

#[tokio::test]
async fn an_idle_instance_is_ended_and_the_next_call_starts_another() {
    let options = LambdaOptions { idle_after: Duration::from_millis(50), ..LambdaOptions::default() };
    let lambda = Lambda::start(vec![spec()], options).await.unwrap();
    let idle = pid(&invoke(&lambda, json!({})).await);
    ended(idle).await;
    assert!(invoke(&lambda, json!({})).await.cold_start);
}

#[tokio::test]
async fn an_invocation_survives_the_end_of_its_caller() {
    let lambda = start(only_one()).await;
    let first = pid(&invoke(&lambda, json!({})).await);
    let ready = fresh_path();
    let payload = json!({ "mode": "hang", "ready": ready });
    let gone = tokio::time::timeout(Duration::from_millis(200), call(&lambda, payload)).await;
    assert!(gone.is_err());
    assert_eq!(hanging(&ready).await[0], first);
    assert!(runs(first));
    lambda.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_ends_idle_and_busy_instances_and_refuses_calls() {
    let lambda = start(spec()).await;
    let ready = fresh_path();
    let busy = tokio::spawn({
        let (lambda, payload) = (lambda.clone(), json!({ "mode": "hang", "ready": ready }));
        async move { call(&lambda, payload).await }
    });
    let [function, child] = hanging(&ready).await;
    let idle = pid(&invoke(&lambda, json!({})).await);
    lambda.shutdown().await;
    assert!(!runs(function) && !runs(idle));
    ended(child).await;
    assert_eq!(busy.await.unwrap().unwrap_err(), InvokeError::ShuttingDown);
    assert_eq!(call(&lambda, json!({})).await.unwrap_err(), InvokeError::ShuttingDown);
}

#[tokio::test]
async fn dropping_the_last_clone_ends_the_instances() {
    let lambda = start(spec()).await;
    let idle = pid(&invoke(&lambda, json!({})).await);
    drop(lambda);
    ended(idle).await;
}

#[tokio::test]
async fn a_function_is_frozen_between_two_invocations() {
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
async fn child_processes_are_frozen_and_ended_with_the_function() {
    let lambda = start(only_one()).await;
    let child = pid(&invoke(&lambda, json!({ "mode": "child" })).await);
    frozen(child).await;
    lambda.shutdown().await;
    ended(child).await;
}

#[tokio::test]
async fn a_frozen_function_receives_sigterm_at_shutdown() {
    let lambda = start(only_one()).await;
    let path = fresh_path();
    let function = pid(&invoke(&lambda, json!({ "mode": "farewell", "path": path })).await);
    frozen(function).await;
    lambda.shutdown().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "farewell");
    std::fs::remove_file(path).unwrap();
}
