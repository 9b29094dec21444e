//! Tests of deliveries: retries, dead letters, injected faults and the log.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use stack_lambda::InvokeError;
use tokio::time::Instant;

use super::{Caller, Fixture, entry, fixture, with_chaos};
use crate::{DeliveryState, PublishedEvent, RuleCounts};

fn throttled() -> InvokeError {
    InvokeError::TooManyRequests { function: "Ship".to_owned(), limit: 1 }
}

fn placed(number: u32) -> Value {
    entry("shop", "orders", "OrderPlaced", &json!({"id": number, "subject": format!("order-{number}")}))
}

impl Fixture {
    /// The ids in the events that the function has got.
    fn shipped(&self) -> Vec<u64> {
        let events = self.function.events.lock().unwrap();
        events.iter().map(|event| event["detail"]["id"].as_u64().unwrap()).collect()
    }

    /// Waits until no delivery waits. The tests pause the clock, so this takes no time.
    async fn delivered(&self) {
        let mut changes = self.buses.log().changes();
        let is_waiting = |rule: &RuleCounts| rule.targets.iter().any(|target| target.waiting > 0);
        while self.buses.log().rules().iter().any(is_waiting) {
            changes.changed().await.unwrap();
        }
    }

    /// The counts of the rule with the function.
    fn counts(&self) -> RuleCounts {
        let rules = self.buses.log().rules();
        rules.into_iter().find(|rule| rule.name == "Ship-Placed").unwrap()
    }

    /// The events in the log, oldest first.
    fn logged(&self) -> Vec<PublishedEvent> {
        self.buses.log().read(|events| events.iter().cloned().collect())
    }

    /// The message attributes of the oldest dead letter, with its body.
    async fn dead_letter(&self) -> (Value, Value) {
        let received = self.sqs.receive("Dead", 10, None, Some(Duration::ZERO)).await.unwrap();
        let attributes: Value = serde_json::from_str(&received[0].attributes).unwrap();
        (attributes, serde_json::from_str(&received[0].body).unwrap())
    }
}

/// User guide, "How `EventBridge` retries delivering events".
#[tokio::test(start_paused = true)]
async fn a_delivery_is_retried_with_a_backoff() {
    let fixture = fixture();
    *fixture.function.refusals.lock().unwrap() = vec![throttled(), throttled()];
    let start = Instant::now();
    fixture.put(&[placed(1)]);
    assert_eq!(fixture.logged()[0].deliveries[0].state, DeliveryState::Waiting);
    fixture.delivered().await;
    assert_eq!(fixture.shipped(), [1]);
    // One second and two, each with a jitter of up to a half.
    assert!((1_500..=3_100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    let delivery = &fixture.logged()[0].deliveries[0];
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 3));
    assert_eq!(delivery.error.as_deref(), Some("all 1 instances of `Ship` are busy"));
}

/// User guide, "Using dead-letter queues to process undelivered events": the attributes of a message.
#[tokio::test(start_paused = true)]
async fn an_event_that_is_not_delivered_goes_to_the_dead_letter_queue_of_its_target() {
    let arn = |resource: &str| format!("arn:aws:{resource}");
    let text = |value: &str| json!({"DataType": "String", "StringValue": value});
    let missing = || InvokeError::FunctionNotFound("Ship".to_owned());
    for (refusals, code, retries, condition) in [
        (vec![throttled(), throttled(), throttled()], "THROTTLING", "2", Some("MaximumRetryAttempts")),
        (vec![missing()], "NO_RESOURCE", "0", None),
    ] {
        let fixture = fixture();
        let message = refusals[0].to_string();
        *fixture.function.refusals.lock().unwrap() = refusals;
        let put = fixture.put(&[placed(1)]);
        fixture.delivered().await;
        let (attributes, event) = fixture.dead_letter().await;
        let mut expected = json!({
            "RULE_ARN": text(&arn("events:us-east-1:000000000000:rule/shop/Ship-Placed")),
            "TARGET_ARN": text(&arn("lambda:us-east-1:000000000000:function:Ship")),
            "ERROR_CODE": text(code),
            "ERROR_MESSAGE": text(&message),
            "RETRY_ATTEMPTS": text(retries),
        });
        if let Some(condition) = condition {
            expected["EXHAUSTED_RETRY_CONDITION"] = text(condition);
        }
        assert_eq!(attributes, expected);
        assert_eq!(event["id"], put["Entries"][0]["EventId"]);
        assert_eq!(fixture.logged()[0].deliveries[0].state, DeliveryState::Failed);
        assert_eq!(fixture.shipped(), Vec::<u64>::new());

        let value = |name: &str| attributes[name]["StringValue"].as_str().unwrap();
        let body = event.to_string();
        assert!(fixture.buses.has_target(value("RULE_ARN"), value("TARGET_ARN")));
        fixture.buses.redeliver(value("RULE_ARN"), value("TARGET_ARN"), &body).unwrap();
        assert_eq!(fixture.shipped(), [1]);
        let unknown = fixture.buses.redeliver("arn:aws:other", value("TARGET_ARN"), &body);
        assert_eq!(unknown.unwrap_err().to_string(), "the template has no such rule and target");
    }
}

/// The default age is a day, and 185 retries with a backoff of at most five minutes last longer than half a day.
#[tokio::test(start_paused = true)]
async fn a_delivery_is_given_up_after_its_age_or_its_retries() {
    let fixture = with_chaos("delivery-failure=1,seed=1");
    let start = Instant::now();
    fixture.put(&[entry("shop", "orders", "OrderPaid", &json!({"total": 11}))]);
    fixture.delivered().await;
    assert!((8 * 3_600..=24 * 3_600 + 300).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    let delivery = &fixture.logged()[0].deliveries[0];
    assert_eq!((delivery.state, delivery.target.as_str()), (DeliveryState::Failed, "Queue"));
    assert!(delivery.attempts > 100, "{}", delivery.attempts);
    assert_eq!(fixture.queued().await, Vec::<Value>::new());
}

/// `PutEventsResultEntry`: the retryable errors, with the message of the user guide's example.
#[tokio::test]
async fn chaos_refuses_entries_of_functions_only() {
    for (faults, code, message) in [
        ("entry-throttle=1", "ThrottlingException", "Rate exceeded"),
        ("entry-failure=1", "InternalFailure", "Internal Service Failure"),
    ] {
        let fixture = with_chaos(faults);
        let put = fixture.put(&[placed(1), placed(2)]);
        let refused = json!({"ErrorCode": code, "ErrorMessage": message});
        assert_eq!(put, json!({"FailedEntryCount": 2, "Entries": [refused, refused]}));
        assert_eq!(fixture.shipped(), Vec::<u64>::new());
        assert_eq!(fixture.buses.log().buses()[1].refused, 2);
        let body = json!({"Entries": [placed(3)]}).to_string();
        let put = fixture.buses.call("PutEvents", body.as_bytes(), Caller::Spared).unwrap();
        assert_eq!((&put["FailedEntryCount"], fixture.shipped()), (&json!(0), vec![3]));
    }
}

#[tokio::test]
async fn chaos_refuses_some_entries_of_a_request() {
    let fixture = with_chaos("entry-failure=0.5,seed=7");
    let put = fixture.put(&(0..10).map(placed).collect::<Vec<_>>());
    let entries = put["Entries"].as_array().unwrap();
    let accepted: Vec<u64> =
        (0..10).zip(entries).filter(|(_, entry)| entry["EventId"].is_string()).map(|(id, _)| id).collect();
    assert!((1..10).contains(&accepted.len()), "{put}");
    assert_eq!((&put["FailedEntryCount"], fixture.shipped()), (&json!(10 - accepted.len()), accepted));
}

#[tokio::test(start_paused = true)]
async fn chaos_repeats_and_reorders_deliveries() {
    let fixture = with_chaos("delivery-duplicates=1,seed=1");
    fixture.put(&[placed(1), placed(2)]);
    fixture.delivered().await;
    let shipped = fixture.shipped();
    assert_eq!((&shipped[..2], shipped.len()), (&[1, 2][..], 4));
    assert_eq!(fixture.counts().targets[0].delivered, 4);

    let fixture = with_chaos("delivery-reorder=1,seed=1");
    let numbers: Vec<u32> = (0..20).collect();
    for some in numbers.chunks(10) {
        fixture.put(&some.iter().copied().map(placed).collect::<Vec<_>>());
    }
    fixture.delivered().await;
    let shipped = fixture.shipped();
    assert!(!shipped.is_sorted(), "{shipped:?}");
    assert_eq!(shipped.iter().copied().collect::<BTreeSet<u64>>(), (0..20).collect());
}

#[tokio::test]
async fn the_log_has_the_newest_events_with_their_deliveries_and_all_counts() {
    let fixture = fixture();
    let mut traced = placed(0);
    traced["TraceHeader"] = json!("Root=1-2-3");
    fixture.put(&[traced, entry("default", "orders", "OrderPaid", &json!({}))]);
    let [first, second] = fixture.logged().try_into().unwrap();
    assert_eq!(*fixture.function.traces.lock().unwrap(), [Some("Root=1-2-3".to_owned())]);
    assert_eq!(
        (first.bus.as_str(), first.detail_type.as_str(), first.source.as_str()),
        ("shop", "OrderPlaced", "orders")
    );
    assert_eq!(first.subject.as_deref(), Some("order-0"));
    let expected = json!([{"rule": "Ship-Placed", "kind": "function", "target": "Ship", "state": "delivered",
        "attempts": 1, "error": null}]);
    assert_eq!(json!(first.deliveries), expected);
    assert_eq!((second.bus.as_str(), second.deliveries.len(), second.subject), ("default", 0, None));
    for number in 0..60 {
        fixture.put(&vec![placed(number); 10]);
    }
    assert_eq!(fixture.logged().len(), 500);
    let counts = json!([{"name": "default", "events": 1, "refused": 0}, {"name": "shop", "events": 601, "refused": 0}]);
    assert_eq!(json!(fixture.buses.log().buses()), counts);
    let rule = fixture.counts();
    assert_eq!((rule.events, rule.targets[0].delivered), (601, 601));
    assert_eq!(rule.targets[0].dead_letter_queue.as_deref(), Some("Dead"));
}
