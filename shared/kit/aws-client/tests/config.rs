//! The configuration from the environment, and the timeouts of requests.
#![cfg(test)]

use std::time::Duration;

use aws_client::{
    ATTEMPT_TIMEOUT, ConfigError, MAX_ATTEMPTS, OPERATION_TIMEOUT, config_from, dynamodb, seconds, variable,
};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use serde_json::json;
use testing::dynamodb::{Fault, Faults, LocalDynamoDb};
use tokio::time::Instant;

/// Lambda's variables with `changes`.
fn environment(changes: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    move |name| {
        let lambda = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_SESSION_TOKEN", "token"),
        ];
        let found = changes.iter().chain(&lambda).find(|(variable, _)| *variable == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

#[tokio::test]
async fn a_client_reaches_a_plain_http_endpoint() {
    let local = LocalDynamoDb::start().await;
    let table = local.event_table().await;
    let config = config_from(environment(&[("AWS_ENDPOINT_URL", local.endpoint())])).unwrap();
    let tables = dynamodb(&config).list_tables().send().await.unwrap();
    assert!(tables.table_names().contains(&table));
}

/// The test has no async runtime, so any request would fail.
#[test]
fn a_client_is_built_without_a_request() {
    let config = config_from(environment(&[])).unwrap();
    assert_eq!(config.region().unwrap().as_ref(), "eu-west-1");
    assert_eq!(config.endpoint_url(), None);
    drop(dynamodb(&config));
}

#[test]
fn a_missing_or_empty_variable_is_named() {
    for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        let error = config_from(environment(&[(name, "")])).unwrap_err();
        assert!(matches!(error, ConfigError::Missing(missing) if missing == name), "{error}");
    }
    assert!(matches!(config_from(|_| None), Err(ConfigError::Missing(_))));
    assert!(config_from(environment(&[("AWS_SESSION_TOKEN", "")])).is_ok());
}

#[test]
fn a_function_reads_its_own_variables_from_the_environment() {
    let path = std::env::var("PATH").unwrap();
    assert_eq!(variable("PATH").unwrap(), path);
    assert!(matches!(seconds("PATH"), Err(ConfigError::Seconds("PATH", value)) if value == path));
    let missing = "A_VARIABLE_THAT_NO_PROCESS_HAS";
    assert!(matches!(variable(missing), Err(ConfigError::Missing(name)) if name == missing));
    assert!(matches!(seconds(missing), Err(ConfigError::Missing(name)) if name == missing));
}

#[test]
fn an_endpoint_that_is_not_an_http_address_is_refused() {
    let error = config_from(environment(&[("AWS_ENDPOINT_URL", "localhost:4566")])).unwrap_err();
    assert!(matches!(&error, ConfigError::Endpoint(url) if url == "localhost:4566"));
    assert!(error.to_string().contains("AWS_ENDPOINT_URL"));
}

/// A client that meets the faults of `script`, and the script itself.
fn client(script: impl IntoIterator<Item = Fault>) -> (Client, Faults) {
    let optional = ["AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"];
    let config = config_from(|name| (!optional.contains(&name)).then(|| "eu-west-1".to_owned())).unwrap();
    let faults = Faults::default();
    faults.script(script);
    let http = faults.around(config.http_client().unwrap());
    (aws_client::dynamodb(&config.into_builder().http_client(http).build()), faults)
}

fn answer() -> Fault {
    Fault::Answered { status: 200, body: json!({ "TableNames": ["here"] }) }
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_retried_a_limited_number_of_times() {
    let (client, faults) = client([Fault::Throttled, Fault::NotSent, answer()]);
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["here"]);
    assert!(faults.are_over());

    let (client, faults) = self::client([Fault::Throttled, Fault::Throttled, Fault::Throttled, answer()]);
    assert!(matches!(client.list_tables().send().await, Err(SdkError::ServiceError(_))));
    assert!(!faults.are_over(), "the client must not make more than {MAX_ATTEMPTS} attempts");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_a_response_ends_and_another_attempt_is_made() {
    let (client, _) = client([Fault::Delayed(Duration::from_hours(1)), answer()]);
    let begin = Instant::now();
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["here"]);
    assert!(begin.elapsed() >= ATTEMPT_TIMEOUT && begin.elapsed() < 2 * ATTEMPT_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_a_response_ends_with_the_timeout() {
    let (client, _) = client([const { Fault::Delayed(Duration::from_hours(1)) }; 3]);
    let begin = Instant::now();
    assert!(matches!(client.list_tables().send().await, Err(SdkError::TimeoutError(_))));
    let waited = begin.elapsed();
    assert!(waited >= OPERATION_TIMEOUT && waited < OPERATION_TIMEOUT + Duration::from_secs(1), "{waited:?}");
}
