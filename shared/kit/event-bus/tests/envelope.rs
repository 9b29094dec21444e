//! The envelope: what is written is read, and what consumers rely on is there.
#![cfg(test)]

use es_core::{
    IdempotencyKey, Metadata, Recorded, RequestHash, StoredEvent, StreamId, StreamVersion, Timestamp,
};
use event_bus::{EventContent, EventSchema, PublishedEvent, Replay, Unread};
use serde_json::{Value, json};

fn recorded() -> Recorded<StoredEvent> {
    let stream: StreamId = "account-0194b8f2-7c4e-7000-8000-000000000001".parse().unwrap();
    Recorded {
        stream,
        version: StreamVersion::new(7),
        metadata: Metadata {
            occurred_at: "2026-11-22T12:00:00Z".parse::<Timestamp>().unwrap(),
            actor: "ada".to_owned(),
            key: IdempotencyKey::try_from("key-1".to_owned()).unwrap(),
            request_hash: RequestHash::stored("hash".to_owned()),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            correlation_id: "c-1".to_owned(),
            causation_id: "r-1".to_owned(),
        },
        event: StoredEvent {
            event_type: "Deposited".to_owned(),
            schema: 2,
            data: json!({"cents": u64::MAX, "debt": i64::MIN, "rate": 0.1, "note": "é\u{0}"}),
        },
    }
}

fn published() -> PublishedEvent {
    PublishedEvent::from_recorded(&recorded(), "bank", "urn:bank:event:")
}

#[test]
fn the_envelope_is_a_cloud_event_without_the_caller() {
    let expected = json!({
        "specversion": "1.0",
        "id": recorded().id(),
        "source": "bank",
        "type": "Deposited",
        "subject": "account-0194b8f2-7c4e-7000-8000-000000000001",
        "time": "2026-11-22T12:00:00.000000Z",
        "datacontenttype": "application/json",
        "dataschema": "urn:bank:event:Deposited:2",
        "sequence": "00000000000000000007",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "correlationid": "c-1",
        "causationid": "r-1",
        "data": recorded().event.data,
    });
    assert_eq!(json!(published()), expected);
}

#[test]
fn an_event_is_read_as_it_was_written() {
    let marked = published().replayed(Replay { rule: Some("ship".to_owned()) });
    let referring = published().with_reference("/accounts/1/events".to_owned());
    for event in [published(), published().replayed(Replay::default()), marked, referring] {
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<PublishedEvent>(&text).unwrap(), event, "{text}");
    }
    assert_eq!(published().stored().unwrap(), recorded().event);
}

#[test]
fn a_replay_is_marked_with_its_rule() {
    let event = json!(published().replayed(Replay { rule: Some("ship".to_owned()) }));
    assert_eq!((&event["replayed"], &event["replayto"]), (&json!(true), &json!("ship")));
    let event = json!(published().replayed(Replay::default()));
    assert_eq!((&event["replayed"], &event["replayto"]), (&json!(true), &Value::Null));
    assert!(event.get("replayto").is_none());
}

#[test]
fn a_reference_replaces_the_data() {
    let event = published().with_reference("/accounts/1/events".to_owned());
    let text = json!(event);
    assert_eq!((&text["dataref"], text.get("data")), (&json!("/accounts/1/events"), None));
    assert_eq!(event.content, EventContent::Reference("/accounts/1/events".to_owned()));
    let error = event.stored().unwrap_err();
    assert!(matches!(&error, Unread::IsReference(uri) if uri == "/accounts/1/events"), "{error}");
}

#[test]
fn an_unknown_attribute_is_ignored_and_a_wrong_one_refused() {
    let mut event = json!(published());
    event["partitionkey"] = json!("new");
    assert_eq!(serde_json::from_value::<PublishedEvent>(event).unwrap(), published());
    for (name, wrong) in [
        ("specversion", json!("2.0")),
        ("datacontenttype", json!("text/plain")),
        ("sequence", json!("7")),
        ("sequence", json!("00000000000000000000")),
        ("sequence", json!("+0000000000000000007")),
        ("dataschema", json!("urn:bank:event:Deposited")),
        ("dataschema", json!("urn:bank:event:Deposited:0")),
        ("subject", json!("account")),
        ("replayed", json!("yes")),
    ] {
        let mut event = json!(published());
        event[name] = wrong;
        assert!(serde_json::from_value::<PublishedEvent>(event.clone()).is_err(), "{name}: {event}");
    }
    for name in ["id", "source", "type", "subject", "time", "dataschema", "sequence", "data"] {
        let mut event = json!(published());
        event.as_object_mut().unwrap().remove(name);
        assert!(serde_json::from_value::<PublishedEvent>(event).is_err(), "{name} is missing");
    }
}

#[test]
fn a_schema_names_its_type_and_its_number() {
    let schema = EventSchema::new("urn:bank:event:", "Deposited", 12);
    assert_eq!((schema.to_string().as_str(), schema.number()), ("urn:bank:event:Deposited:12", 12));
}
