//! Tests of partial failures, retries, bisecting, maximum age and the failure queue.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{Action, Fixture, on_key};

fn last_is(key: &'static str) -> impl Fn(&[String]) -> bool {
    move |calls| calls.last().is_some_and(|call| call == key)
}

#[tokio::test]
async fn the_lowest_reported_record_and_all_after_it_are_redelivered() {
    let fixture = Fixture::new(1);
    fixture.put("abcde");
    let function =
        fixture.start(|_, number| if number == 0 { Action::Report(&["d", "c"]) } else { Action::Succeed });
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["abcde", "cde"]);
}

#[tokio::test]
async fn a_failing_batch_is_retried_and_then_sent_to_the_failure_queue() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    let function = fixture.start(on_key("a", Action::Fail));
    let failure = fixture.failure().await;
    fixture.put("z");
    assert_eq!(function.calls(last_is("z")).await, ["ab", "ab", "ab", "z"]);
    let (request, batch) = (&failure["requestContext"], &failure["KinesisBatchInfo"]);
    assert_eq!(request["condition"], "RetryAttemptsExhausted");
    assert_eq!(request["approximateInvokeCount"], 3);
    assert_eq!(request["requestId"], "request-2");
    assert_eq!(request["functionArn"], "arn:aws:lambda:us-east-1:000000000000:function:Project");
    assert_eq!(failure["responseContext"]["functionError"], "Unhandled");
    assert_eq!((&batch["batchSize"], &batch["shardId"]), (&2.into(), &"shardId-000000000000".into()));
    assert!(batch["startSequenceNumber"].as_str() < batch["endSequenceNumber"].as_str());
}

#[tokio::test]
async fn the_dead_letter_has_exactly_the_fields_that_aws_documents() {
    let fixture = Fixture::new(1);
    fixture.put("ab");
    fixture.start(|_, _| Action::Fail);
    let failure = fixture.failure().await;
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        members(&failure),
        ["KinesisBatchInfo", "requestContext", "responseContext", "timestamp", "version"]
    );
    assert_eq!(
        members(&failure["requestContext"]),
        ["approximateInvokeCount", "condition", "functionArn", "requestId"]
    );
    let response = json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"});
    assert_eq!((&failure["responseContext"], &failure["version"]), (&response, &json!("1.0")));
    let batch = &failure["KinesisBatchInfo"];
    assert_eq!(
        members(batch),
        [
            "approximateArrivalOfFirstRecord",
            "approximateArrivalOfLastRecord",
            "batchSize",
            "endSequenceNumber",
            "shardId",
            "startSequenceNumber",
            "streamArn"
        ]
    );
    assert_eq!(batch["streamArn"], "arn:aws:kinesis:us-east-1:000000000000:stream/changes");
    for time in [&failure["timestamp"], &batch["approximateArrivalOfFirstRecord"]] {
        let time = time.as_str().unwrap();
        assert_eq!((time.len(), &time[10..11], &time[23..]), (24, "T", "Z"), "{time}");
    }
}

#[tokio::test]
async fn the_dead_letter_of_an_undelivered_record_has_a_request_and_no_response() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.maximum_record_age = Some(Duration::from_millis(300));
    fixture.put("a");
    fixture.start(|_, _| Action::Throttle);
    let failure = fixture.failure().await;
    assert_eq!(failure["requestContext"]["condition"], "RecordAgeExceeded");
    assert_eq!(failure["requestContext"]["approximateInvokeCount"], 1);
    assert!(failure["requestContext"]["requestId"].as_str().is_some_and(|id| id.len() == 36), "{failure}");
    assert!(failure.get("responseContext").is_none());
}

#[tokio::test]
async fn bisecting_gives_up_only_the_failing_record() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.bisect_on_error = true;
    fixture.mapping.maximum_retries = Some(1);
    fixture.put("abcdefgh");
    let function = fixture.start(on_key("f", Action::Fail));
    let calls = function.calls(last_is("gh")).await;
    assert_eq!(calls, ["abcdefgh", "abcd", "efgh", "ef", "e", "f", "f", "gh"]);
    assert_eq!(fixture.failure().await["KinesisBatchInfo"]["batchSize"], 1);
}

#[tokio::test]
async fn bisecting_at_a_reported_record_uses_no_retry() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.bisect_on_error = true;
    fixture.mapping.maximum_retries = Some(0);
    fixture.put("abcd");
    let function = fixture.start(|_, number| match number {
        0 => Action::Report(&["b"]),
        1 => Action::Report(&["c"]),
        _ => Action::Succeed,
    });
    assert_eq!(function.calls(last_is("cd")).await, ["abcd", "bcd", "cd"]);
    assert_eq!(fixture.sqs.counts("failures").unwrap().visible, 0);
}

#[tokio::test]
async fn a_partial_failure_without_bisecting_uses_a_retry() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.maximum_retries = Some(1);
    fixture.put("abcd");
    let function = fixture.start(|_, number| match number {
        0 => Action::Report(&["b"]),
        1 => Action::Report(&["c"]),
        _ => Action::Succeed,
    });
    let failure = fixture.failure().await;
    assert_eq!(function.calls(|calls| calls.len() == 2).await, ["abcd", "bcd"]);
    assert_eq!(failure["KinesisBatchInfo"]["batchSize"], 2);
}

#[tokio::test]
async fn a_throttled_invocation_uses_no_retry() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.maximum_retries = Some(0);
    fixture.put("a");
    let function = fixture.start(|_, number| if number < 2 { Action::Throttle } else { Action::Succeed });
    function.calls(|calls| calls.len() == 3).await;
    fixture.put("z");
    function.calls(last_is("z")).await;
    assert_eq!(fixture.sqs.counts("failures").unwrap().visible, 0);
}

#[tokio::test]
async fn a_record_past_the_maximum_age_is_given_up_despite_remaining_retries() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.maximum_retries = None;
    fixture.mapping.maximum_record_age = Some(Duration::from_millis(300));
    fixture.put("a");
    fixture.start(|_, _| Action::Fail);
    let failure = fixture.failure().await;
    let request = &failure["requestContext"];
    assert_eq!(request["condition"], "RecordAgeExceeded");
    assert!(request["approximateInvokeCount"].as_u64() >= Some(1));
    assert!(request["requestId"].as_str().unwrap().starts_with("request-"), "{failure}");
    assert!(failure.get("responseContext").is_none(), "an aged record was not invoked again: {failure}");
    assert_eq!(failure["KinesisBatchInfo"]["batchSize"], 1);
}

#[tokio::test]
async fn without_reporting_the_payload_is_ignored() {
    let mut fixture = Fixture::new(1);
    fixture.mapping.reports_batch_item_failures = false;
    fixture.put("ab");
    let function = fixture.start(|_, _| Action::Report(&["a"]));
    function.calls(|calls| calls == ["ab"]).await;
    fixture.put("z");
    assert_eq!(function.calls(last_is("z")).await, ["ab", "z"]);
}
