//! The schema of an event whose fields have nested types.

use std::collections::BTreeMap;

use es_core::{Category, Decider, DomainEvent, PersonalFields, SnapshotPolicy};
use event_contract::event_types;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::account::release;

#[derive(Serialize, Deserialize, DomainEvent, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub(crate) enum TransferEvent {
    /// Money left the account.
    Sent(Sent),
}

#[derive(Serialize, Deserialize, JsonSchema, PersonalFields)]
pub(crate) struct Sent {
    /// The receiver, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[personal(no)]
    receiver: Option<Receiver>,
    /// The fees in cents by their names.
    #[personal(no)]
    fees: BTreeMap<String, u32>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Receiver {
    Branch(Branch),
    Person(Person),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Branch {
    code: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Person {
    name: String,
}

release!(Transfers of TransferEvent);

#[test]
fn a_schema_has_all_its_definitions_and_neither_null_nor_closed_objects() {
    let types = event_types::<Transfers>().unwrap();
    let expected = json!({
        "title": "Sent",
        "description": "Money left the account.",
        "type": "object",
        "required": ["fees"],
        "properties": {
            "receiver": {"description": "The receiver, if it is known.", "$ref": "#/$defs/Receiver"},
            "fees": {
                "description": "The fees in cents by their names.",
                "type": "object",
                "additionalProperties": {"type": "integer", "format": "uint32", "minimum": 0},
            },
        },
        "$defs": {
            "Receiver": {"anyOf": [{"$ref": "#/$defs/Branch"}, {"$ref": "#/$defs/Person"}]},
            "Branch": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
            "Person": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        },
    });
    assert_eq!(types.into_iter().map(|event| event.data).collect::<Vec<_>>(), [expected]);
}
