//! The `AsyncAPI` document: each event and schema number as a message on the bus.
//!
//! Source: "`AsyncAPI` Specification 3.0.0". The payload is what a target of an `EventBridge` rule receives, with the envelope in
//! `detail`.

use serde_json::{Map, Value, json};

use crate::EventContract;
use crate::contract::EventHistory;
use crate::envelope::{bridge_event, cloud_event};

/// The document of the events in `histories`.
pub(crate) fn document(contract: &EventContract, histories: &[EventHistory<'_>]) -> Value {
    let (mut messages, mut references) = (Map::new(), Map::new());
    for history in histories {
        for schema in &history.schemas {
            let (name, number) = (history.event.name, schema.number);
            let key = format!("{name}.{number}");
            references.insert(key.clone(), json!({"$ref": format!("#/components/messages/{key}")}));
            messages.insert(key, message(contract, name, number, &schema.document));
        }
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": contract.title,
            "version": contract.version,
            "description": contract.description,
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": "{bus}",
                "title": "The event bus",
                "description": "An event bus of Amazon EventBridge. A consumer adds a rule to the bus, and receives the \
                                events that the rule's pattern matches, at least once.",
                "parameters": {"bus": {"description": "The name of the event bus.", "default": "default"}},
                "messages": references,
            },
        },
        "operations": {
            "publishEvents": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "Publishes each stored event at least once, the events of a stream in their sequence.",
            },
        },
        "components": {
            "messages": messages,
            "schemas": {"EventBridgeEvent": bridge_event(), "CloudEvent": cloud_event()},
        },
    })
}

fn message(contract: &EventContract, name: &str, number: u32, schema: &Value) -> Value {
    let data = format!("./events/{name}.{number}.json");
    json!({
        "name": name,
        "title": format!("{name}, schema {number}"),
        "summary": schema["description"],
        "correlationId": {"location": "$message.payload#/detail/correlationid"},
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/EventBridgeEvent"},
                {
                    "type": "object",
                    "properties": {
                        "detail-type": {"const": name},
                        "detail": {
                            "type": "object",
                            "properties": {
                                "type": {"const": name},
                                "dataschema": {"const": contract.schema_id(name, number)},
                                "data": {"$ref": data},
                            },
                        },
                    },
                },
            ],
        },
    })
}
