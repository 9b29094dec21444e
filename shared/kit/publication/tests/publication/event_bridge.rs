//! The adapter for Amazon `EventBridge`: the results of a response.

use es_core::Timestamp;
use publication::{BusEntry, EventBridge, EventBus, PutError};
use serde_json::json;
use testing::{ScriptedAnswer, ScriptedService, exported_spans};

/// A bus that answers the next request.
fn bus(answer: ScriptedAnswer) -> EventBridge {
    EventBridge::new(&ScriptedService::answering([answer]).config(), "default")
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
    let results = bus(ScriptedAnswer::success(answer)).put(&[&entry(), &entry(), &entry()]).await.unwrap();
    let throttled = PutError::Throttled("ThrottlingException: slow down".to_owned());
    let refused = PutError::Refused("MalformedDetail: no JSON".to_owned());
    assert_eq!(results, [Ok(()), Err(throttled), Err(refused)]);
}

#[tokio::test]
async fn a_refused_request_says_what_a_retry_can_do() {
    let throttled = bus(ScriptedAnswer::error(400, "ThrottlingException")).put(&[&entry()]).await;
    assert!(matches!(throttled, Err(PutError::Throttled(_))), "{throttled:?}");
    for code in ["ValidationException", "AccessDeniedException", "InternalException", "InvalidArgument"] {
        let failed = bus(ScriptedAnswer::error(400, code)).put(&[&entry()]).await;
        assert!(matches!(failed, Err(PutError::Unavailable(_))), "{code}: {failed:?}");
    }
}

#[tokio::test]
async fn the_span_of_a_request_names_the_side_and_counts_the_entries() {
    let answering = || bus(ScriptedAnswer::success(json!({"FailedEntryCount": 0, "Entries": []})));
    let buses = [("projection", answering()), ("operator", answering().on_side("operator"))];
    for (side, bus) in buses {
        let (_, spans) = exported_spans(bus.put(&[&entry(), &entry()])).await;
        let span = spans.iter().find(|span| span.name == "event_bus.publish").unwrap();
        let about = ["cqrs.side", "messaging.destination.name", "messaging.batch.message_count"];
        assert_eq!(span.attributes(about), [side, "default", "2"]);
    }
}
