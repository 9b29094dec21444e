//! Tests of `PutEvents` and of the deliveries, with queues in memory and a scripted function.

mod deliveries;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use stack_base::chaos::Chaos;
use stack_base::stop::Stop;
use stack_base::store::{Location, SqliteStore};
use stack_lambda::{InvokeError, InvokeEvent};
use stack_sqs::Sqs;
use stack_template::{Template, parse_yaml};
use uuid::Uuid;

use super::{Caller, EventBuses};

const TEMPLATE: &str = r"
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: shop}}
  Queue: {Type: AWS::SQS::Queue}
  Dead: {Type: AWS::SQS::Queue}
  Role: {Type: AWS::IAM::Role}
  Ship:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/ship
      Role: !GetAtt Role.Arn
      Events:
        Placed:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {detail-type: [OrderPlaced]}
            DeadLetterConfig: {Arn: !GetAtt Dead.Arn}
            RetryPolicy: {MaximumRetryAttempts: 2}
  ToQueue:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: {source: [orders], detail: {total: [{numeric: ['>', 10]}]}}
      Targets: [{Arn: !GetAtt Queue.Arn, Id: queue}]
  Default:
    Type: AWS::Events::Rule
    Properties: {EventPattern: {source: [products]}, Targets: [{Arn: !GetAtt Queue.Arn, Id: queue}]}
";

/// A function that keeps the events that it gets. It refuses the first events with the given errors.
#[derive(Debug, Clone, Default)]
struct Function {
    events: Arc<Mutex<Vec<Value>>>,
    traces: Arc<Mutex<Vec<Option<String>>>>,
    refusals: Arc<Mutex<Vec<InvokeError>>>,
}

impl InvokeEvent for Function {
    fn invoke_event(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<String, InvokeError> {
        assert_eq!(function, "Ship");
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(refusal);
        }
        self.events.lock().unwrap().push(serde_json::from_slice(&payload).unwrap());
        self.traces.lock().unwrap().push(trace.map(str::to_owned));
        Ok("id".to_owned())
    }
}

struct Fixture {
    buses: EventBuses<Function>,
    sqs: Sqs,
    function: Function,
    /// Retries end when this is dropped.
    _stop: Stop,
}

fn fixture() -> Fixture {
    with_chaos("seed=1")
}

/// A fixture with faults.
fn with_chaos(faults: &str) -> Fixture {
    of_template(TEMPLATE, faults)
}

/// A fixture with the buses and rules of another template.
fn of_template(template: &str, faults: &str) -> Fixture {
    let document = parse_yaml(template).unwrap();
    let template = Template::from_document(&document, &[].into(), "http://127.0.0.1:1").unwrap();
    let store = SqliteStore::open(&Location::Memory(Uuid::new_v4()), [stack_sqs::SCHEMA]).unwrap();
    let sqs = Sqs::open(store, &template.queues, "http://127.0.0.1:1").unwrap();
    let (function, stop) = (Function::default(), Stop::default());
    let chaos = Chaos::new(&faults.parse().unwrap());
    let buses = EventBuses::new(&template, sqs.clone(), function.clone(), &chaos, stop.listen());
    Fixture { buses, sqs, function, _stop: stop }
}

fn entry(bus: &str, source: &str, kind: &str, detail: &Value) -> Value {
    json!({"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": detail.to_string()})
}

impl Fixture {
    fn put(&self, entries: &[Value]) -> Value {
        let body = json!({"Entries": entries}).to_string();
        self.buses.call("PutEvents", body.as_bytes(), Caller::Function).unwrap()
    }

    /// The bodies of the messages in the rules' queue.
    async fn queued(&self) -> Vec<Value> {
        let received = self.sqs.receive("Queue", 10, None, Some(Duration::ZERO)).await.unwrap();
        received.iter().map(|message| serde_json::from_str(&message.body).unwrap()).collect()
    }
}

/// localstack/bus.py sends the same events to the same rules on LocalStack.
#[tokio::test]
async fn the_events_of_the_bus_that_localstack_serves_too_reach_the_same_queue() {
    let fixture = of_template(include_str!("tests/bus.yaml"), "seed=1");
    let cases: Vec<Value> = serde_json::from_str(include_str!("tests/bus.json")).unwrap();
    for case in &cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let put = fixture.put(&[entry("shop", text("source"), text("type"), &case["detail"])]);
        assert_eq!(put["FailedEntryCount"], 0, "{put}");
        assert_eq!(json!(fixture.queued().await), case["received"], "{case}");
    }
    assert_eq!(cases.len(), 8);
}

/// User guide, "Events": the members of an event.
#[tokio::test]
async fn a_queue_gets_the_events_that_its_rule_selects() {
    let fixture = fixture();
    let mut selected = entry("shop", "orders", "OrderPaid", &json!({"total": 11}));
    selected["Time"] = json!(1_700_000_000.9);
    selected["Resources"] = json!(["order-1"]);
    let put = fixture.put(&[
        selected,
        entry("shop", "orders", "OrderPaid", &json!({"total": 10})),
        entry("default", "orders", "OrderPaid", &json!({"total": 11})),
        entry("unknown", "orders", "OrderPaid", &json!({"total": 11})),
    ]);
    assert_eq!(put["FailedEntryCount"], 0, "{put}");
    let expected = json!({
        "version": "0", "id": put["Entries"][0]["EventId"], "detail-type": "OrderPaid", "source": "orders",
        "account": "000000000000", "time": "2023-11-14T22:13:20Z", "region": "us-east-1",
        "resources": ["order-1"], "detail": {"total": 11},
    });
    assert_eq!(fixture.queued().await, [expected]);
}

#[tokio::test]
async fn an_entry_without_a_bus_goes_to_the_default_bus_and_a_bus_may_be_an_arn() {
    let fixture = fixture();
    let mut default = entry("", "products", "Renamed", &json!({}));
    default.as_object_mut().unwrap().remove("EventBusName");
    let arn = "arn:aws:events:us-east-1:000000000000:event-bus/shop";
    fixture.put(&[default, entry(arn, "orders", "OrderPaid", &json!({"total": 12}))]);
    let sources: Vec<Value> = fixture.queued().await.iter().map(|event| event["source"].clone()).collect();
    assert_eq!(sources, ["products", "orders"]);
}

#[test]
fn a_function_gets_the_events_that_its_rule_selects() {
    let fixture = fixture();
    let put = fixture.put(&[
        entry("shop", "orders", "OrderPlaced", &json!({"id": 7})),
        entry("shop", "orders", "OrderPaid", &json!({"id": 7})),
    ]);
    let events = fixture.function.events.lock().unwrap();
    let got: Vec<_> = events.iter().map(|event| (&event["id"], &event["detail"]["id"])).collect();
    assert_eq!(got, [(&put["Entries"][0]["EventId"], &json!(7))]);
}

/// API reference, `PutEventsResultEntry`: the error codes, with the messages that AWS answers.
#[tokio::test]
async fn a_refused_entry_has_its_own_error_and_the_others_are_accepted() {
    let fixture = fixture();
    let with = |member: &str, value: Value| {
        let mut entry = entry("shop", "orders", "OrderPaid", &json!({"total": 11}));
        entry[member] = value;
        entry
    };
    let missing =
        |name: &str| format!("Parameter {name} is not valid. Reason: {name} is a required argument.");
    let foreign = "arn:aws:events:us-east-1:111111111111:event-bus/shop";
    let cases = [
        (with("Source", json!(null)), "InvalidArgument", missing("Source")),
        (with("DetailType", json!("")), "InvalidArgument", missing("DetailType")),
        (with("Detail", json!(null)), "InvalidArgument", missing("Detail")),
        (
            with("DetailType", json!("x".repeat(129))),
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType must have at most 128 characters."
                .to_owned(),
        ),
        (with("Detail", json!("[1]")), "MalformedDetail", "Detail is malformed.".to_owned()),
        (with("Detail", json!("\"text\"")), "MalformedDetail", "Detail is malformed.".to_owned()),
        (with("Detail", json!("{")), "MalformedDetail", "Detail is malformed.".to_owned()),
        (
            with("Source", json!("aws.ec2")),
            "NotAuthorizedForSourceException",
            "Not authorized for the source.".to_owned(),
        ),
        (
            with("EventBusName", json!(foreign)),
            "AccessDeniedException",
            format!("{foreign} is not an event bus of this account and region."),
        ),
    ];
    let entries: Vec<Value> = cases.iter().map(|(entry, ..)| entry.clone()).collect();
    let put = fixture.put(&entries);
    assert_eq!(put["FailedEntryCount"], cases.len());
    for ((_, code, message), result) in cases.iter().zip(put["Entries"].as_array().unwrap()) {
        assert_eq!(*result, json!({"ErrorCode": code, "ErrorMessage": message}));
    }
    let accepted = entry("shop", "orders", "OrderPaid", &json!({"total": 11}));
    let mixed = fixture.put(&[entries[0].clone(), accepted]);
    assert_eq!((&mixed["FailedEntryCount"], fixture.queued().await.len()), (&json!(1), 1));
    assert!(mixed["Entries"][1]["EventId"].is_string(), "{mixed}");
}

/// API reference, `PutEvents`: 1 to 10 entries, and less than 1 MB in total. One entry may have this size too.
#[tokio::test]
async fn a_request_over_a_limit_is_refused_as_a_whole() {
    let fixture = fixture();
    let small = entry("shop", "orders", "OrderPaid", &json!({"total": 11}));
    let half = entry("shop", "orders", "OrderPaid", &json!({"total": 11, "note": "x".repeat(512 * 1024)}));
    for (entries, expected) in [
        (vec![], "Member must have length greater than or equal to 1"),
        (vec![small; 11], "Member must have length less than or equal to 10"),
        (vec![half.clone(); 2], "Total size of the entries in the request is over the limit."),
    ] {
        let body = json!({"Entries": entries}).to_string();
        let refused = fixture.buses.call("PutEvents", body.as_bytes(), Caller::Function).unwrap_err();
        assert_eq!(refused.code, "ValidationException");
        assert!(refused.message.ends_with(expected), "{}", refused.message);
    }
    assert_eq!(fixture.put(&[half])["FailedEntryCount"], 0);
    assert_eq!(fixture.queued().await.len(), 1);
    let refused = fixture.buses.call("PutRule", b"{}", Caller::Function).unwrap_err();
    assert_eq!(
        refused.message,
        "EventBridge PutRule is not served by the local stack. Of EventBridge, it serves PutEvents."
    );
}
