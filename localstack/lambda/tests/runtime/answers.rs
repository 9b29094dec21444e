//! Tests of the result of a call: the response, the function's context, its error and its environment.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use stack_lambda::{InvokeError, Lambda, LambdaOptions, access_key};

use crate::stack::{FUNCTION, call, invoke, json, spec, start};

#[tokio::test]
async fn a_call_returns_the_functions_response() {
    let lambda = start(spec()).await;
    let invocation = invoke(&lambda, json!({ "order": 1 })).await;
    assert_eq!(json(&invocation)["payload"], json!({ "order": 1 }));
    assert_eq!(invocation.function_error, None);
}

#[tokio::test]
async fn an_empty_payload_is_an_empty_object() {
    let lambda = start(spec()).await;
    let invocation = lambda.invoke(FUNCTION, "".into(), None).await.unwrap();
    assert_eq!(json(&invocation)["payload"], json!({}));
}

#[tokio::test]
async fn the_function_receives_its_request_id_arn_deadline_and_trace() {
    let lambda = start(spec()).await;
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let payload = json!({ "mode": "context" }).to_string();
    let invocation = lambda.invoke(FUNCTION, payload.into(), Some(trace)).await.unwrap();
    let after = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let context = json(&invocation);
    assert_eq!(context["request_id"], json!(invocation.request_id));
    assert_eq!(context["arn"], json!(spec().arn));
    assert_eq!(context["trace"], json!(trace));
    assert_eq!(context["name"], json!(FUNCTION));
    let deadline = u128::from(context["deadline"].as_u64().unwrap());
    let timeout = spec().timeout.as_millis();
    assert!((before + timeout..=after + timeout).contains(&deadline), "{before} {deadline} {after}");
}

#[tokio::test]
async fn a_functions_error_is_the_payload_and_keeps_the_instance() {
    let lambda = start(spec()).await;
    let failed = invoke(&lambda, json!({ "mode": "error" })).await;
    assert_eq!(failed.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(json(&failed)["errorMessage"], json!("the order is gone"));
    assert!(!invoke(&lambda, json!({})).await.cold_start);
}

#[tokio::test]
async fn a_panic_is_reported_by_the_runtime_client() {
    let lambda = start(spec()).await;
    let failed = invoke(&lambda, json!({ "mode": "panic" })).await;
    assert_eq!(failed.function_error.as_deref(), Some("Unhandled"));
    assert!(json(&failed)["errorMessage"].as_str().unwrap().contains("overflow"), "{failed:?}");
}

#[tokio::test]
async fn a_response_may_have_at_most_6_mb() {
    let lambda = start(spec()).await;
    // The text and two quotes have 6,291,556 bytes, the limit in Lambda's message.
    let largest = invoke(&lambda, json!({ "mode": "big", "bytes": 6_291_554 })).await;
    assert_eq!(largest.payload.len(), 6_291_556);
    let too_large = invoke(&lambda, json!({ "mode": "big", "bytes": 6_291_555 })).await;
    assert_eq!(too_large.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(json(&too_large)["errorType"], json!("Function.ResponseSizeTooLarge"));
    assert!(!invoke(&lambda, json!({})).await.cold_start);
}

#[tokio::test]
async fn calls_that_reach_no_function_return_the_reason() {
    let lambda = start(spec()).await;
    let unknown = lambda.invoke("other", "{}".into(), None).await.unwrap_err();
    assert_eq!(unknown, InvokeError::FunctionNotFound("other".to_owned()));
    let no_json = lambda.invoke(FUNCTION, "{".into(), None).await.unwrap_err();
    assert!(matches!(no_json, InvokeError::InvalidPayload(_)), "{no_json:?}");
    let large = call(&lambda, json!("x".repeat(6_291_455))).await.unwrap_err();
    assert_eq!(large, InvokeError::RequestTooLarge { size: 6_291_457, limit: 6_291_456 });
}

#[tokio::test]
async fn the_environment_contains_only_lambdas_and_the_functions_variables() {
    let endpoint = Some("http://127.0.0.1:4566".to_owned());
    let options = LambdaOptions {
        aws_endpoint: endpoint,
        region: "eu-central-1".to_owned(),
        ..LambdaOptions::default()
    };
    let mut spec = spec();
    // Lambda does not allow configuring a reserved variable. Here the reserved value overrides it.
    spec.environment.insert("AWS_LAMBDA_FUNCTION_NAME".to_owned(), "other".to_owned());
    let lambda = Lambda::start(vec![spec], options).await.unwrap();
    let mut environment = json(&invoke(&lambda, json!({ "mode": "env" })).await);
    let variables = environment.as_object_mut().unwrap();
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", access_key(FUNCTION).as_str()),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/test-function"),
        ("AWS_REGION", "eu-central-1"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"),
        ("TABLE", "orders"),
        ("TZ", ":UTC"),
        ("_HANDLER", "function.sh"),
    ] {
        assert_eq!(variables.remove(name), Some(json!(value)), "{name}");
    }
    // The shell of `function.sh` adds PWD, OLDPWD, SHLVL and _. The runtime client sets the trace id.
    let rest: Vec<&String> = variables
        .keys()
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_", "_X_AMZN_TRACE_ID"].contains(&name.as_str()))
        .collect();
    let varying = [
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "FIXTURE",
        "LAMBDA_TASK_ROOT",
    ];
    assert_eq!(rest, varying);
}

#[tokio::test]
async fn the_runtimes_otlp_endpoint_overrides_the_functions() {
    for (runtimes, expected) in [(None, None), (Some("http://127.0.0.1:1"), Some("http://127.0.0.1:1"))] {
        let options =
            LambdaOptions { otlp_endpoint: runtimes.map(str::to_owned), ..LambdaOptions::default() };
        let mut spec = spec();
        spec.environment.insert("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://localhost:4318".to_owned());
        let lambda = Lambda::start(vec![spec], options).await.unwrap();
        let environment = json(&invoke(&lambda, json!({ "mode": "env" })).await);
        assert_eq!(environment["OTEL_EXPORTER_OTLP_ENDPOINT"].as_str(), expected);
    }
}
