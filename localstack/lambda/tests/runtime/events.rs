//! Tests of asynchronous invocations: their retries and the records of their results (Lambda guide, "How Lambda handles
//! errors and retries with asynchronous invocation" and "Capturing records of Lambda asynchronous invocations").

use std::time::Duration;

use serde_json::{Value, json};
use stack_lambda::{FunctionSpec, Lambda, LambdaOptions, RecordSender};
use stack_template::AsynchronousInvocation;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::invoke_api::{Api, header};
use crate::stack::{FUNCTION, spec};

/// A function whose records are received by the test. Its retries wait only a moment.
struct Fixture {
    api: Api,
    records: UnboundedReceiver<(String, Value)>,
}

impl Fixture {
    async fn start(events: AsynchronousInvocation, max_instances: usize) -> Self {
        let (sender, records) = unbounded_channel();
        let send = move |queue: &str, record: &str| {
            sender.send((queue.to_owned(), serde_json::from_str(record).unwrap())).unwrap();
        };
        let options = LambdaOptions {
            retry_waits: [Duration::from_millis(5), Duration::from_millis(10)],
            records: Some(RecordSender::new(send)),
            ..LambdaOptions::default()
        };
        let spec = FunctionSpec { events, max_instances, ..spec() };
        let lambda = Lambda::start(vec![spec], options).await.unwrap();
        Self { api: Api::serve(lambda).await, records }
    }

    /// Sends an event, and returns the request id in the response, and the queue and the document of the record.
    async fn record(&mut self, payload: &Value) -> (String, String, Value) {
        let request = self.api.post(FUNCTION, payload.to_string()).header("x-amz-invocation-type", "Event");
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 202);
        let id = header(&response, "x-amzn-requestid").unwrap().to_owned();
        assert_eq!(response.bytes().await.unwrap().len(), 0, "an accepted event has no payload");
        let record =
            tokio::time::timeout(Duration::from_mins(1), self.records.recv()).await.unwrap().unwrap();
        (id, record.0, record.1)
    }
}

fn both() -> AsynchronousInvocation {
    AsynchronousInvocation {
        on_failure_queue: Some("failures".to_owned()),
        on_success_queue: Some("successes".to_owned()),
        ..AsynchronousInvocation::default()
    }
}

#[tokio::test]
async fn a_failing_event_is_retried_twice_and_then_recorded() {
    let mut fixture = Fixture::start(both(), 4).await;
    let payload = json!({"mode": "error", "order": 7});
    let (id, queue, mut record) = fixture.record(&payload).await;
    assert_eq!(queue, "failures");
    let time = record["timestamp"].take();
    assert_eq!(time.as_str().map(str::len), Some(24), "{time}");
    let response = record["responsePayload"].take();
    assert_eq!(response["errorMessage"], "the order is gone", "{response}");
    let expected = json!({
        "version": "1.0",
        "timestamp": null,
        "requestContext": {
            "requestId": id,
            "functionArn": "arn:aws:lambda:eu-central-1:000000000000:function:test-function:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": payload,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": null,
    });
    assert_eq!(record, expected);
}

#[tokio::test]
async fn an_event_that_succeeds_is_recorded_for_its_own_queue() {
    let mut fixture = Fixture::start(both(), 4).await;
    let (_, queue, record) = fixture.record(&json!({"order": 7})).await;
    assert_eq!((queue.as_str(), &record["requestContext"]["condition"]), ("successes", &json!("Success")));
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST"}));
    assert_eq!(record["responsePayload"]["payload"], json!({"order": 7}));
}

#[tokio::test]
async fn the_template_sets_the_number_of_retries() {
    let mut fixture = Fixture::start(AsynchronousInvocation { maximum_retries: 0, ..both() }, 4).await;
    let (_, _, record) = fixture.record(&json!({"mode": "error"})).await;
    assert_eq!(record["requestContext"]["approximateInvokeCount"], 1);
}

#[tokio::test]
async fn an_event_that_waits_too_long_is_recorded_without_a_response() {
    let maximum_event_age = Duration::from_millis(50);
    // Without an instance, every attempt is throttled.
    let mut fixture = Fixture::start(AsynchronousInvocation { maximum_event_age, ..both() }, 0).await;
    let (_, queue, record) = fixture.record(&json!({"order": 7})).await;
    assert_eq!(queue, "failures");
    assert_eq!(record["requestContext"]["condition"], "EventAgeExceeded");
    assert_eq!(record["requestPayload"], json!({"order": 7}));
    assert!(record.get("responseContext").is_none() && record.get("responsePayload").is_none(), "{record}");
}
