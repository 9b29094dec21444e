//! Tests the sample payloads and the refusal of invalid requests.

use std::collections::BTreeMap;

use operators::redrive::{RedriveOutcome, RedriveReport, RedriveRequest};
use serde_json::{Value, json};
use shop_testing as shop;
use testing::kinesis::samples;

use crate::world::World;

#[tokio::test]
async fn every_sample_is_executed() {
    let samples: BTreeMap<String, Value> = samples("redrive").into_iter().collect();
    let names = [
        "catch-up",
        "discard-dead-letter",
        "list-dead-letters",
        "list-stream-failures",
        "redrive-dead-letters",
        "redrive-stream-failures",
    ];
    assert_eq!(samples.keys().collect::<Vec<_>>(), names);
    let world = World::with(&shop::commits()).await;
    for (name, request) in samples {
        match (name.as_str(), world.ask(request).await) {
            (_, RedriveReport::List { messages, .. }) => assert!(messages.is_empty(), "{name}"),
            ("discard-dead-letter", RedriveReport::Discard { missing, .. }) => assert_eq!(missing.len(), 1),
            ("catch-up", RedriveReport::Work { done: 1, left: 1, .. })
            | (_, RedriveReport::Work { done: 0, left: 0, .. }) => {}
            (_, report) => panic!("{name}: {report:?}"),
        }
    }
}

#[test]
fn invalid_requests_are_refused_with_the_reason() {
    let refusal = |text: &str| serde_json::from_str::<RedriveRequest>(text).unwrap_err().to_string();
    assert!(
        refusal(r#"{"task": "erase"}"#).contains("expected one of `list`, `redrive`, `discard`, `catch-up`")
    );
    assert!(
        refusal(r#"{"task": "list", "queue": "mail"}"#)
            .contains("expected `stream-failures` or `dead-letters`")
    );
    assert!(
        refusal(r#"{"task": "list", "queue": "dead-letters", "max": 0}"#)
            .contains("max must be a number from 1 to 100, not 0")
    );
    assert!(refusal(r#"{"task": "catch-up", "streams": []}"#).contains("1 to 100 entries, not 0"));
    let discard = |ids, reason| {
        refusal(
            &json!({"task": "discard", "queue": "dead-letters", "ids": ids, "reason": reason}).to_string(),
        )
    };
    assert!(discard(vec![], "why").contains("1 to 100 entries, not 0"));
    assert!(discard(vec!["id"], " ").contains("1 to 500 characters and must not be blank; it has 1"));
    assert!(refusal(r#"{"task": "catch-up", "streams": ["nobody"]}"#).contains("is not a stream id"));
}

#[test]
fn only_a_list_changes_nothing() {
    for (name, request) in samples::<RedriveRequest>("redrive") {
        assert_eq!(request.changes(), !name.starts_with("list"), "{name}");
    }
}

#[test]
fn a_report_names_unreadable_items_only_if_there_are_some() {
    let outcome = |unreadable| {
        let outcome = RedriveOutcome::Done { applied: 1, duplicates: 0, set_aside: 0, unreadable };
        json!(outcome)["unreadable"].clone()
    };
    assert_eq!([outcome(0), outcome(2)], [Value::Null, json!(2)]);
}
