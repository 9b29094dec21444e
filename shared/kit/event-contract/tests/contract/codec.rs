//! Events against the committed schemas, and the code against them.

use std::cell::RefCell;

use es_core::{DomainEvent, StoredEvent};
use event_contract::{ContractError, EventSchemas, check_codec};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account::{Account, AccountEvent, Folder, WithoutNote};

fn published() -> (Folder, EventSchemas) {
    let folder = Folder::new();
    let contract = folder.contract::<Account>();
    contract.update().unwrap();
    let schemas = EventSchemas::read(&contract.events()).unwrap();
    (folder, schemas)
}

fn stored(name: &str, schema: u32, data: Value) -> StoredEvent {
    StoredEvent { event_type: name.to_owned(), schema, data }
}

#[test]
fn an_event_has_exactly_the_form_of_its_schema() {
    let (_folder, schemas) = published();
    let part = json!({"cents": 5, "means": "cash", "account": "7"});
    schemas.check(&stored("Deposited", 1, json!({"cents": 5}))).unwrap();
    schemas.check(&stored("Deposited", 2, json!({"parts": [part], "note": "rent"}))).unwrap();
    schemas.check_newest("Opened", &json!({})).unwrap();
    for data in [
        json!({"cents": 5}),
        json!({"parts": [part], "note": null}),
        json!({"parts": [part], "payer": "me"}),
        json!({"parts": [{"cents": 5}]}),
        json!({"parts": [{"cents": 5, "means": "card", "account": "7"}]}),
        json!({"parts": [{"cents": 5, "means": "cash", "account": "7", "currency": "EUR"}]}),
    ] {
        let refused = schemas.check_newest("Deposited", &data);
        assert!(matches!(refused, Err(ContractError::Mismatch { schema: 2, .. })), "{data}");
    }
    for (name, schema) in [("Deposited", 3), ("Closed", 1)] {
        let refused = schemas.check(&stored(name, schema, json!({})));
        assert!(matches!(refused, Err(ContractError::Unpublished { .. })), "{name}");
    }
}

#[test]
fn the_code_reads_every_published_event() {
    let (folder, schemas) = published();
    check_codec::<AccountEvent>(&schemas).unwrap();
    let loses_the_note = check_codec::<WithoutNote>(&schemas).unwrap_err();
    assert!(loses_the_note.to_string().contains("the code writes it as"), "{loses_the_note}");
    let wider = json!({"type": "object", "properties": {"cents": {"type": "integer"}}});
    folder.write("contract/events/Deposited.1.json", &wider.to_string());
    let schemas = EventSchemas::read(&folder.0.join("contract/events")).unwrap();
    let unreadable = check_codec::<AccountEvent>(&schemas).unwrap_err();
    assert!(matches!(unreadable, ContractError::Mismatch { schema: 1, .. }), "{unreadable}");
}

/// The schema `Noted.1`, committed in a project of its own.
fn committed(schema: &Value) -> (Folder, EventSchemas) {
    let folder = Folder::new();
    folder.write("contract/events/Noted.1.json", &schema.to_string());
    let schemas = EventSchemas::read(&folder.0.join("contract/events")).unwrap();
    (folder, schemas)
}

#[test]
fn each_object_of_a_schema_refuses_unknown_fields() {
    let object = json!({"type": "object", "properties": {"cents": {"type": "integer"}}});
    let (known, unknown) = (json!({"cents": 5}), json!({"cents": 5, "payer": "me"}));
    for (schema, place) in [
        (object.clone(), ""),
        (json!({"type": "object", "properties": {"part": object}}), "/part"),
        (json!({"type": "array", "items": object}), "/0"),
        (json!({"oneOf": [{"type": "string"}, object]}), ""),
        (json!({"type": "object", "additionalProperties": object}), "/any"),
    ] {
        let (_folder, schemas) = committed(&schema);
        let data = |object: &Value| match place {
            "" => object.clone(),
            "/0" => json!([object]),
            name => json!({name.trim_start_matches('/'): object}),
        };
        schemas.check_newest("Noted", &data(&known)).unwrap();
        let refused = schemas.check_newest("Noted", &data(&unknown));
        assert!(matches!(refused, Err(ContractError::Mismatch { .. })), "{schema}");
    }
}

#[test]
fn schemas_are_read_from_a_folder() {
    let (folder, schemas) = published();
    let read: Vec<_> = schemas.all().map(|(name, schema, _)| (name, schema)).collect();
    assert_eq!(read, [("Deposited", 1), ("Deposited", 2), ("Opened", 1)]);
    assert_eq!(EventSchemas::read(&folder.0.join("none")).unwrap().all().count(), 0);
    let file = folder.0.join("docs/events.md");
    let refused = EventSchemas::read(&file);
    assert!(matches!(refused, Err(ContractError::File { path, .. }) if path == file));
}

thread_local! {
    /// The data of all events that this thread read.
    static READ: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
}

/// Events with any data.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum NotedEvent {
    Noted(Noted),
}

impl DomainEvent for NotedEvent {
    const SCHEMAS: &'static [(&'static str, u32)] = &[("Noted", 1)];
}

#[derive(Serialize, Deserialize)]
#[serde(from = "Value")]
struct Noted(Value);

impl From<Value> for Noted {
    fn from(data: Value) -> Self {
        READ.with_borrow_mut(|read| read.push(data.clone()));
        Self(data)
    }
}

/// The data of the events that are generated from `schema`.
fn generated(schema: &Value) -> Vec<Value> {
    let (_folder, schemas) = committed(schema);
    check_codec::<NotedEvent>(&schemas).unwrap_or_else(|error| panic!("{schema}: {error}"));
    READ.take()
}

/// A schema, and conditions. At least one generated event meets each condition.
type Forms<'a> = (Value, &'a [fn(&Value) -> bool]);

#[test]
fn generated_events_have_each_form_that_a_schema_allows() {
    let either = || json!([{"const": "a"}, {"type": "null"}]);
    let forms: [Forms<'_>; 12] = [
        (
            json!({"type": "integer"}),
            &[
                |data| data.as_i64().is_some_and(i64::is_negative),
                |data| data.as_i64() > Some(u32::MAX.into()),
            ],
        ),
        (json!({"type": "integer", "minimum": 0}), &[|data| data.as_u64() > Some(0)]),
        (json!({"type": "number"}), &[Value::is_f64]),
        (json!({"type": "boolean"}), &[|data| *data == true, |data| *data == false]),
        (json!({"type": "string"}), &[|data| data.as_str().is_some_and(|text| !text.is_empty())]),
        (json!({"type": "null"}), &[Value::is_null]),
        (json!({"const": "a"}), &[|data| data == "a"]),
        (json!({"enum": ["a", "b"]}), &[|data| data == "a", |data| data == "b"]),
        (json!({"oneOf": either()}), &[|data| data == "a", Value::is_null]),
        (json!({"anyOf": either()}), &[|data| data == "a", Value::is_null]),
        (
            json!({"type": "array", "items": {"type": "boolean"}}),
            &[
                |data| *data == json!([]),
                |data| data.as_array().is_some_and(|elements| elements.len() == 1),
                |data| data.as_array().is_some_and(|elements| elements.len() == 3),
            ],
        ),
        (
            json!({"required": ["a"], "type": "object", "properties": {"a": {"const": 1}, "b": {"const": 2}}}),
            &[|data| *data == json!({"a": 1}), |data| *data == json!({"a": 1, "b": 2})],
        ),
    ];
    for (schema, conditions) in forms {
        let events = generated(&schema);
        assert_eq!(events.len(), 128, "{schema}");
        for (index, condition) in conditions.iter().enumerate() {
            assert!(events.iter().any(condition), "{schema}: no event meets condition {index}");
        }
    }
}

/// The number of objects and lists within each other.
fn depth(data: &Value) -> usize {
    match data {
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn generated_events_of_a_type_that_contains_itself_have_an_end() {
    let node = json!({
        "type": "object",
        "required": ["children"],
        "properties": {
            "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            "next": {"$ref": "#/$defs/Node"},
        },
    });
    let mut schema = node.clone();
    schema["$defs"] = json!({"Node": node});
    // Nine levels of objects and lists, and the empty list in the last object.
    assert_eq!(generated(&schema).iter().map(depth).max(), Some(10));
}
