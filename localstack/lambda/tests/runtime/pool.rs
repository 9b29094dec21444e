//! Instances over time: reused, multiplied, refused at the limit, frozen between invocations with all they have started,
//! ended when idle and at shutdown.

use std::time::Duration;

use serde_json::json;
use stack_lambda::{FunctionSpec, InvokeError, Lambda, LambdaOptions};

use crate::background::ticks;
use crate::stack::{
    FUNCTION, call, ended, fresh_path, frozen, hanging, invoke, only_one, pid, runs, spec, start,
};

#[tokio::test]
async fn calls_one_after_the_other_share_one_instance() {
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
async fn calls_at_the_same_time_get_an_instance_each_and_the_one_too_many_is_refused() {
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
async fn a_function_with_no_concurrency_is_throttled_always() {
    let lambda = start(FunctionSpec { max_instances: 0, ..spec() }).await;
    let refused = call(&lambda, json!({})).await.unwrap_err();
    assert_eq!(refused, InvokeError::TooManyRequests { function: FUNCTION.to_owned(), limit: 0 });
}

#[tokio::test]
async fn at_the_limit_a_call_right_after_an_answer_is_not_refused() {
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
async fn a_caller_that_goes_away_does_not_end_the_invocation() {
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
async fn the_last_clone_takes_the_instances_with_it() {
    let lambda = start(spec()).await;
    let idle = pid(&invoke(&lambda, json!({})).await);
    drop(lambda);
    ended(idle).await;
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
    ended(child).await;
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
