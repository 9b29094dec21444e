//! Encoding and decoding of stored events, and the events that decoding refuses.

use es_core::{DecodeError, DomainEvent, StoredEvent, UpcastError, decode, encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::counter::{Event, added};

fn stored(event_type: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: event_type.to_owned(), schema, data }
}

fn decoded(event_type: &str, schema: u32, data: Value) -> Result<Event, DecodeError> {
    decode::<Event>(&stored(event_type, schema, data))
}

#[test]
fn an_event_is_stored_under_its_name_and_the_current_schema() {
    let event = added(5);
    let expected = stored("Added", 3, json!({ "by": 5, "unit": "piece" }));
    assert_eq!(encode(&event).unwrap(), expected);
    assert_eq!(decode::<Event>(&expected).unwrap(), event);
}

#[test]
fn only_schema_1_is_omitted_from_the_stored_event() {
    let text = serde_json::to_value(stored("Padded", 1, json!({ "bytes": 1 }))).unwrap();
    assert_eq!(text, json!({ "type": "Padded", "data": { "bytes": 1 } }));
    assert_eq!(serde_json::from_value::<StoredEvent>(text).unwrap().schema, 1);
    let text = serde_json::to_value(stored("Padded", 2, json!({ "bytes": 1 }))).unwrap();
    assert_eq!(text, json!({ "type": "Padded", "schema": 2, "data": { "bytes": 1 } }));
}

#[test]
fn an_old_event_is_upcast_step_by_step_to_the_current_schema() {
    for (schema, data) in
        [(1, json!({ "n": 5 })), (2, json!({ "by": 5 })), (3, json!({ "by": 5, "unit": "piece" }))]
    {
        assert_eq!(decoded("Added", schema, data).unwrap(), added(5), "schema {schema}");
    }
}

#[test]
fn an_old_event_with_a_wrong_shape_or_without_an_upcaster_is_refused() {
    let error = decoded("Added", 1, json!({ "n": "five" })).unwrap_err();
    assert!(matches!(error, DecodeError::Upcast(UpcastError { schema: 1, .. })), "{error}");
    let error = decoded("Added", 0, json!({})).unwrap_err();
    assert!(matches!(error, DecodeError::Upcast(UpcastError { schema: 0, .. })), "{error}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
#[serde(tag = "type", content = "data")]
enum Unchanged {
    Noted {
        #[personal(no)]
        note: String,
    },
}

#[test]
fn an_event_without_upcasters_has_no_earlier_schema() {
    let data = json!({ "note": "short" });
    let event = decode::<Unchanged>(&stored("Noted", 1, data.clone())).unwrap();
    assert_eq!(event, Unchanged::Noted { note: "short".to_owned() });
    let error = decode::<Unchanged>(&stored("Noted", 0, data)).unwrap_err();
    assert!(
        matches!(&error, DecodeError::Upcast(no_step) if *no_step == UpcastError::no_step("Noted", 0)),
        "{error}"
    );
}

#[test]
fn an_event_written_by_newer_code_is_refused() {
    let error = decoded("Added", 4, json!({ "by": 5, "unit": "piece" })).unwrap_err();
    assert!(matches!(error, DecodeError::FutureSchema { stored: 4, known: 3, .. }), "{error}");
}

#[test]
fn an_unknown_or_misshapen_event_is_refused() {
    assert!(
        matches!(decoded("Subtracted", 1, json!({})), Err(DecodeError::UnknownType(name)) if name == "Subtracted")
    );
    assert!(matches!(decoded("Padded", 1, json!({ "bytes": -1 })), Err(DecodeError::Shape { .. })));
}
