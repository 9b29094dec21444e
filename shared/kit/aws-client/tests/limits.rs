//! Timeouts and retries, on a clock that stands still until all wait for it.
#![cfg(test)]

use std::time::Duration;

use aws_client::{ATTEMPT_TIMEOUT, MAX_ATTEMPTS, OPERATION_TIMEOUT, config_from};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use serde_json::json;
use testing::dynamodb::{Fault, Faults};
use tokio::time::Instant;

/// A client that meets `script` and nothing else.
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
async fn a_request_that_fails_for_the_moment_is_tried_again_and_no_more_than_so_often() {
    let (client, faults) = client([Fault::Throttled, Fault::NotSent, answer()]);
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["here"]);
    assert!(faults.are_over());

    let (client, faults) = self::client([Fault::Throttled, Fault::Throttled, Fault::Throttled, answer()]);
    assert!(matches!(client.list_tables().send().await, Err(SdkError::ServiceError(_))));
    assert!(!faults.are_over(), "more than {MAX_ATTEMPTS} attempts");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_an_answer_ends_and_another_is_made() {
    let (client, _) = client([Fault::Delayed(Duration::from_hours(1)), answer()]);
    let begin = Instant::now();
    assert_eq!(client.list_tables().send().await.unwrap().table_names(), ["here"]);
    assert!(begin.elapsed() >= ATTEMPT_TIMEOUT && begin.elapsed() < 2 * ATTEMPT_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_answer_ends() {
    let (client, _) = client([const { Fault::Delayed(Duration::from_hours(1)) }; 3]);
    let begin = Instant::now();
    assert!(matches!(client.list_tables().send().await, Err(SdkError::TimeoutError(_))));
    let waited = begin.elapsed();
    assert!(waited >= OPERATION_TIMEOUT && waited < OPERATION_TIMEOUT + Duration::from_secs(1), "{waited:?}");
}
