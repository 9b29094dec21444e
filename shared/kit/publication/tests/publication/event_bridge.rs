//! The adapter for Amazon `EventBridge`: the results of a response.

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use es_core::Timestamp;
use publication::{BusEntry, EventBridge, EventBus, PutError};
use serde_json::{Value, json};
use testing::dynamodb::{Fault, Faults};
use testing::exported_spans;

/// A bus whose next responses are `answers`.
fn bus(answers: impl IntoIterator<Item = (u16, Value)>) -> EventBridge {
    let faults = Faults::default();
    faults.script(answers.into_iter().map(|(status, body)| Fault::Answered { status, body }));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("a", "b", None, None, "test")))
        .http_client(faults.around(aws_smithy_http_client::Builder::new().build_http()))
        .retry_config(aws_sdk_dynamodb::config::retry::RetryConfig::disabled())
        .build();
    EventBridge::new(&config, "default")
}

fn entry() -> BusEntry {
    BusEntry {
        source: "bank".to_owned(),
        detail_type: "Deposited".to_owned(),
        time: Timestamp::MIN,
        detail: "{}".to_owned(),
    }
}

#[tokio::test]
async fn each_entry_has_its_own_result() {
    let answer = json!({"FailedEntryCount": 2, "Entries": [
        {"EventId": "1"},
        {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"},
        {"ErrorCode": "MalformedDetail", "ErrorMessage": "no JSON"},
    ]});
    let results = bus([(200, answer)]).put(&[&entry(), &entry(), &entry()]).await.unwrap();
    let throttled = PutError::Throttled("ThrottlingException: slow down".to_owned());
    let refused = PutError::Refused("MalformedDetail: no JSON".to_owned());
    assert_eq!(results, [Ok(()), Err(throttled), Err(refused)]);
}

#[tokio::test]
async fn a_refused_request_says_what_a_retry_can_do() {
    let error = |code: &str| (400, json!({"__type": code, "message": "no"}));
    let throttled = bus([error("ThrottlingException")]).put(&[&entry()]).await;
    assert!(matches!(throttled, Err(PutError::Throttled(_))), "{throttled:?}");
    for code in ["ValidationException", "AccessDeniedException", "InternalException", "InvalidArgument"] {
        let failed = bus([error(code)]).put(&[&entry()]).await;
        assert!(matches!(failed, Err(PutError::Unavailable(_))), "{code}: {failed:?}");
    }
}

#[tokio::test]
async fn the_span_of_a_request_names_the_side_and_counts_the_entries() {
    let answering = || bus([(200, json!({"FailedEntryCount": 0, "Entries": []}))]);
    let buses = [("projection", answering()), ("operator", answering().on_side("operator"))];
    for (side, bus) in buses {
        let (_, spans) = exported_spans(bus.put(&[&entry(), &entry()])).await;
        let span = spans.iter().find(|span| span.name == "event_bus.publish").unwrap();
        let about = ["cqrs.side", "messaging.destination.name", "messaging.batch.message_count"];
        assert_eq!(span.attributes(about), [side, "default", "2"]);
    }
}
