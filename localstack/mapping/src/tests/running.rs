//! Tests of mappings that are described, enabled and disabled through the API (Lambda API reference).

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::fixture::{Action, Fixture, Function};
use crate::{Mappings, api};

/// Sends a request, and returns the status and the document of the response.
async fn send(mappings: &Mappings, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let uri = format!("/2015-03-31/event-source-mappings{path}");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let request = Request::builder().method(method).uri(uri).body(body).unwrap();
    let response = api::router(mappings.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let document = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&document).unwrap())
}

async fn get(mappings: &Mappings, path: &str) -> Value {
    let (status, document) = send(mappings, Method::GET, path, &Value::Null).await;
    assert_eq!(status, 200, "{document}");
    document
}

async fn path_of_first(mappings: &Mappings) -> String {
    let list = get(mappings, "/").await;
    format!("/{}", list["EventSourceMappings"][0]["UUID"].as_str().unwrap())
}

async fn enable(mappings: &Mappings, path: &str, enabled: bool) -> Value {
    let (status, document) = send(mappings, Method::PUT, path, &json!({"Enabled": enabled})).await;
    assert_eq!(status, 202, "{document}");
    document["State"].clone()
}

async fn reached(mappings: &Mappings, path: &str, state: &str) {
    let reached = async {
        while get(mappings, path).await["State"] != state {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap();
}

#[tokio::test]
async fn a_disabled_mapping_finishes_its_batch_and_continues_after_it() {
    let mut fixture = Fixture::new(1);
    fixture.put("a");
    let function = Function::new(|_, call| if call == 0 { Action::Hold } else { Action::Succeed });
    let mappings = fixture.start_with(&function);
    let path = path_of_first(&mappings).await;
    function.calls(|calls| calls == ["a"]).await;
    assert_eq!(get(&mappings, &path).await["State"], "Enabled");
    assert_eq!(enable(&mappings, &path, false).await, "Disabling");
    assert_eq!(get(&mappings, &path).await["State"], "Disabling", "the batch is not finished");
    function.gate.send_replace(true);
    reached(&mappings, &path, "Disabled").await;
    fixture.put("b");
    // Another mapping delivers the record, which shows that the first could have.
    fixture.mapping.id = "other".to_owned();
    fixture.start(|_, _| Action::Succeed).calls(|calls| calls.concat() == "ab").await;
    assert_eq!(function.calls(|_| true).await, ["a"]);
    assert_eq!(enable(&mappings, &path, true).await, "Enabling");
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["a", "b"], "a is not delivered again");
    reached(&mappings, &path, "Enabled").await;
    assert_eq!(get(&mappings, &path).await["LastProcessingResult"], "OK");
}

#[tokio::test]
async fn a_failing_batch_does_not_keep_a_mapping_enabled() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.maximum_retries = None;
    fixture.put("a");
    let function = Function::new(|_, _| Action::Fail);
    let mappings = fixture.start_with(&function);
    let path = path_of_first(&mappings).await;
    function.calls(|calls| calls.len() >= 2).await;
    enable(&mappings, &path, false).await;
    reached(&mappings, &path, "Disabled").await;
    assert_eq!(get(&mappings, &path).await["LastProcessingResult"], "PROBLEM: Function call failed");
}

#[tokio::test]
async fn a_mapping_that_the_template_disables_reads_once_it_is_enabled() {
    for read in [Fixture::read_jobs, Fixture::read_items] {
        let mut fixture = Fixture::new(1);
        read(&mut fixture);
        fixture.mapping.enabled = false;
        fixture.send_jobs("a");
        fixture.change_items("a");
        let function = Function::new(|_, _| Action::Succeed);
        let mappings = fixture.start_with(&function);
        let path = path_of_first(&mappings).await;
        assert_eq!(get(&mappings, &path).await["State"], "Disabled");
        enable(&mappings, &path, true).await;
        assert_eq!(function.calls(|calls| !calls.is_empty()).await, ["a"]);
    }
}

#[tokio::test]
async fn a_mapping_is_described_as_aws_describes_it() {
    let mut fixture = Fixture::new(1);
    fixture.filter(r#"{"data": {"key": ["a"]}}"#);
    let mappings = fixture.start_with(&Function::new(|_, _| Action::Succeed));
    let path = path_of_first(&mappings).await;
    reached(&mappings, &path, "Enabled").await;
    let mut mapping = get(&mappings, &path).await;
    let members = mapping.as_object_mut().unwrap();
    let uuid = members.remove("UUID").unwrap();
    assert!(members.remove("LastModified").unwrap().as_f64().unwrap() > 1_700_000_000.0);
    let expected = json!({
        "EventSourceMappingArn":
            format!("arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{}", uuid.as_str().unwrap()),
        "EventSourceArn": "arn:aws:kinesis:us-east-1:000000000000:stream/changes",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:Project",
        "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1,
        "BisectBatchOnFunctionError": false, "TumblingWindowInSeconds": 0,
        "MaximumRetryAttempts": 2, "MaximumRecordAgeInSeconds": -1,
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:failures"}},
        "FilterCriteria": {"Filters": [{"Pattern": r#"{"data": {"key": ["a"]}}"#}]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"], "StartingPosition": "TRIM_HORIZON",
        "State": "Enabled", "StateTransitionReason": "User action",
        "LastProcessingResult": "No records processed",
    });
    assert_eq!(mapping, expected);
}

#[tokio::test]
async fn mappings_are_listed_by_source_and_function_in_pages() {
    let fixture = Fixture::new(1);
    let named = |id: &str, function: &str| {
        let mut mapping = fixture.mapping.clone();
        (mapping.id, mapping.function) = (id.to_owned(), function.to_owned());
        mapping
    };
    let mappings = Mappings::new(&[named("one", "F"), named("two", "F"), named("three", "G")]);
    let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";
    let function = "arn:aws:lambda:us-east-1:000000000000:function:F";
    for (query, expected) in [
        (String::new(), 3),
        ("?FunctionName=F".to_owned(), 2),
        (format!("?FunctionName={function}"), 2),
        (format!("?FunctionName={function}:$LATEST"), 2),
        (format!("?FunctionName=G&EventSourceArn={stream}"), 1),
        (format!("?EventSourceArn={stream}"), 3),
        (format!("?EventSourceArn={stream}s"), 0),
        ("?MaxItems=2".to_owned(), 2),
    ] {
        let list = get(&mappings, &query).await;
        assert_eq!(list["EventSourceMappings"].as_array().unwrap().len(), expected, "{query}");
        assert_eq!(list["NextMarker"].is_string(), query == "?MaxItems=2", "{query}");
    }
}

#[tokio::test]
async fn what_the_stack_does_not_change_is_refused() {
    let fixture = Fixture::new(1);
    let mappings = fixture.start_with(&Function::new(|_, _| Action::Succeed));
    let path = path_of_first(&mappings).await;
    let unknown = "/00000000-0000-0000-0000-000000000000";
    for (path, body, status, message) in [
        (unknown, json!({"Enabled": false}), 404, "The resource you requested does not exist."),
        (path.as_str(), json!({"BatchSize": 5}), 400, "changes Enabled only"),
        (path.as_str(), json!({"FunctionName": "Other"}), 400, "does not move a mapping"),
        (path.as_str(), json!({"Enabled": "no"}), 400, "changes Enabled only"),
    ] {
        let (found, document) = send(&mappings, Method::PUT, path, &body).await;
        assert_eq!(found, status, "{document}");
        assert!(document["Message"].as_str().unwrap().contains(message), "{document}");
    }
    assert_eq!(send(&mappings, Method::GET, unknown, &Value::Null).await.0, 404);
}
