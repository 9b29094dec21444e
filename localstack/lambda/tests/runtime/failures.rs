//! Tests of failing instances: crashes, timeouts and failed initialisations. A later call must not be affected.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use stack_lambda::{FunctionSpec, Invocation, InvocationCounts, Lambda, LambdaOptions};

use crate::stack::{FUNCTION, call, ended, fresh_path, hanging, invoke, json, only_one, pid, runs, start};

fn with_init(mode: &str) -> FunctionSpec {
    let mut spec = only_one();
    spec.environment.insert("FIXTURE_INIT".to_owned(), mode.to_owned());
    spec
}

fn assert_failed(invocation: &Invocation, error_type: &str, message: &str) {
    assert_eq!(invocation.function_error.as_deref(), Some("Unhandled"));
    let expected = format!("RequestId: {} Error: {message}", invocation.request_id);
    assert_eq!(json(invocation), json!({ "errorType": error_type, "errorMessage": expected }));
}

#[tokio::test]
async fn a_crash_returns_its_exit_status_and_the_next_call_gets_a_new_instance() {
    let lambda = start(only_one()).await;
    let first = pid(&invoke(&lambda, json!({})).await);
    let crashed = invoke(&lambda, json!({ "mode": "exit" })).await;
    assert_failed(&crashed, "Runtime.ExitError", "Runtime exited with error: exit status 3");
    let next = invoke(&lambda, json!({})).await;
    assert!(next.cold_start);
    assert_ne!(pid(&next), first);
}

#[tokio::test]
async fn invocations_errors_and_throttles_are_counted() {
    let lambda = start(only_one()).await;
    let counts = || lambda.counts()[FUNCTION];
    assert_eq!(counts(), InvocationCounts::default());
    let invocation = invoke(&lambda, json!({})).await;
    assert_eq!(counts().last_duration, invocation.duration);
    invoke(&lambda, json!({ "mode": "exit" })).await;
    assert_eq!((counts().invocations, counts().errors, counts().throttles), (2, 1, 0));
    let throttled = start(FunctionSpec { max_instances: 0, ..only_one() }).await;
    call(&throttled, json!({})).await.unwrap_err();
    let counts = throttled.counts()[FUNCTION];
    assert_eq!((counts.invocations, counts.errors, counts.throttles), (0, 0, 1));
}

#[tokio::test]
async fn the_error_names_the_signal() {
    let lambda = start(only_one()).await;
    let crashed = invoke(&lambda, json!({ "mode": "abort" })).await;
    assert_failed(&crashed, "Runtime.ExitError", "Runtime exited with error: signal: aborted");
}

#[tokio::test]
async fn a_timeout_kills_the_process_group_and_the_next_call_gets_a_new_instance() {
    let lambda = start(FunctionSpec { timeout: Duration::from_secs(3), ..only_one() }).await;
    invoke(&lambda, json!({})).await;
    let ready = fresh_path();
    let timed_out = invoke(&lambda, json!({ "mode": "hang", "ready": ready })).await;
    assert_failed(&timed_out, "Sandbox.Timedout", "Task timed out after 3.00 seconds");
    let [function, child] = hanging(&ready).await;
    assert!(!runs(function));
    ended(child).await;
    assert!(invoke(&lambda, json!({})).await.cold_start);
}

#[tokio::test]
async fn an_exit_during_initialisation_is_returned_to_the_caller() {
    let lambda = start(with_init("exit")).await;
    for _ in 0..2 {
        let failed = invoke(&lambda, json!({})).await;
        assert_failed(&failed, "Runtime.ExitError", "Runtime exited with error: exit status 7");
        assert!(failed.cold_start);
    }
}

#[tokio::test]
async fn an_initialisation_error_is_returned_to_the_caller() {
    let lambda = start(with_init("error")).await;
    let failed = invoke(&lambda, json!({})).await;
    assert_eq!(failed.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(json(&failed), json!({ "errorType": "Config", "errorMessage": "no table" }));
}

#[tokio::test]
async fn an_initialisation_past_its_limit_times_out() {
    let options = LambdaOptions { init_limit: Duration::from_millis(300), ..LambdaOptions::default() };
    let lambda = Lambda::start(vec![with_init("hang")], options).await.unwrap();
    let failed = invoke(&lambda, json!({})).await;
    assert_failed(&failed, "Sandbox.Timedout", "Task timed out after 0.30 seconds");
}

#[tokio::test]
async fn a_binary_that_cannot_run_is_reported_to_the_caller() {
    let mut spec = only_one();
    spec.binary.set_file_name("main.rs");
    let lambda = start(spec).await;
    let failed = invoke(&lambda, json!({})).await;
    assert_eq!(json(&failed)["errorType"], json!("Runtime.InvalidEntrypoint"));
}

#[tokio::test]
async fn an_instance_that_ends_between_two_calls_is_replaced_without_an_error() {
    let lambda = start(only_one()).await;
    let killed = pid(&invoke(&lambda, json!({})).await);
    assert!(Command::new("kill").args(["-9", &killed.to_string()]).status().unwrap().success());
    ended(killed).await;
    assert_ne!(pid(&invoke(&lambda, json!({})).await), killed);
}
