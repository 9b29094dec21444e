//! The schema of the envelope against the envelope that a publisher writes and a consumer reads.

use es_core::{IdempotencyKey, Metadata, Recorded, RequestHash, StoredEvent, StreamVersion, Timestamp};
use event_bus::{PublishedEvent, Replay};
use serde_json::{Value, json};

use crate::account::{Account, Folder};

/// The schemas of the published document.
fn schemas() -> Value {
    let folder = Folder::new();
    folder.contract::<Account>().update().unwrap();
    let document: Value = serde_json::from_str(&folder.read("contract/asyncapi.json")).unwrap();
    document["components"]["schemas"].clone()
}

/// The schema of the envelope, in which unknown attributes are refused.
fn schema() -> Value {
    let mut schema = schemas()["CloudEvent"].clone();
    schema["additionalProperties"] = json!(false);
    schema
}

fn is_valid(schema: &Value, event: &Value) -> bool {
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(schema).unwrap().is_valid(event)
}

fn published(traceparent: Option<&str>) -> PublishedEvent {
    let recorded = Recorded {
        stream: "savings-account-0194b8f2-7c4e-7000-8000-000000000001".parse().unwrap(),
        version: StreamVersion::new(7),
        metadata: Metadata {
            occurred_at: Timestamp::MIN,
            actor: "ada".to_owned(),
            key: IdempotencyKey::try_from("key-1".to_owned()).unwrap(),
            request_hash: RequestHash::stored("hash".to_owned()),
            traceparent: traceparent.map(str::to_owned),
            correlation_id: "conversation".to_owned(),
            causation_id: "request".to_owned(),
        },
        event: StoredEvent { event_type: "Opened".to_owned(), schema: 1, data: json!({}) },
    };
    PublishedEvent::from_recorded(&recorded, "bank", "urn:test:")
}

#[test]
fn every_envelope_has_the_published_form() {
    let schema = schema();
    let trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    for event in [
        published(None),
        published(trace),
        published(None).replayed(Replay::default()),
        published(None).replayed(Replay { rule: Some("ship".to_owned()) }),
        published(None).with_reference("/accounts/1/events".to_owned()),
    ] {
        assert!(is_valid(&schema, &json!(event)), "{event:?}");
    }
}

#[test]
fn the_schema_demands_what_a_reader_demands() {
    let schema = schema();
    let full = json!(published(Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
    for name in full.as_object().unwrap().keys() {
        let mut event = full.clone();
        event.as_object_mut().unwrap().remove(name);
        let is_read = serde_json::from_value::<PublishedEvent>(event.clone()).is_ok();
        assert_eq!(is_valid(&schema, &event), is_read, "{name}");
    }
    for (name, wrong) in [
        ("specversion", json!("2.0")),
        ("id", json!("7")),
        ("subject", json!("account")),
        ("time", json!("today")),
        ("datacontenttype", json!("text/plain")),
        ("dataschema", json!("urn:test:Opened:0")),
        ("sequence", json!("7")),
        ("replayed", json!("yes")),
    ] {
        let mut event = full.clone();
        event[name] = wrong;
        assert!(serde_json::from_value::<PublishedEvent>(event.clone()).is_err(), "{name}");
        assert!(!is_valid(&schema, &event), "{name}");
    }
}

/// Source of the example: "Amazon `EventBridge` User Guide", section "Event structure".
#[test]
fn a_target_receives_the_published_form() {
    let schema =
        json!({"$ref": "#/components/schemas/EventBridgeEvent", "components": {"schemas": schemas()}});
    let full = json!({
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "Opened",
        "source": "bank",
        "account": "111122223333",
        "time": "2017-12-22T18:43:48Z",
        "region": "us-west-1",
        "resources": [],
        "detail": published(None),
    });
    assert!(is_valid(&schema, &full));
    for name in full.as_object().unwrap().keys() {
        let mut event = full.clone();
        event.as_object_mut().unwrap().remove(name);
        assert!(!is_valid(&schema, &event), "{name}");
    }
    for (name, wrong) in [
        ("version", json!("1")),
        ("time", json!("today")),
        ("account", json!(111_122_223_333_u64)),
        ("resources", json!([7])),
        ("detail", json!({})),
    ] {
        let mut event = full.clone();
        event[name] = wrong;
        assert!(!is_valid(&schema, &event), "{name}");
    }
}
