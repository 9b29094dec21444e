//! The JSON Schema of the envelope in the bus, and of what `EventBridge` adds around it.
//!
//! Source: `CloudEvents` 1.0.2 and its JSON format, and `event_bus::PublishedEvent`, whose entries the tests compare with
//! this schema.

use serde_json::{Value, json};

/// The schema of the envelope. Its `data` has the schema that `dataschema` names.
pub(crate) fn cloud_event() -> Value {
    json!({
        "type": "object",
        "description": "A CloudEvent 1.0 around one event. Its data is in `data`, or behind `dataref` if the event is too \
                        large for the bus.",
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "sequence",
            "correlationid", "causationid",
        ],
        "oneOf": [{"required": ["data"]}, {"required": ["dataref"]}],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {
                "description": "The id of the event. It never changes, so a consumer recognises a repeated delivery by it.",
                "type": "string", "format": "uuid",
            },
            "source": {"description": "The source that the publisher is configured with.", "type": "string"},
            "type": {"description": "The name of the event.", "type": "string"},
            "subject": {
                "description": "The stream of the event: its category and its id.",
                "type": "string", "pattern": "^[a-z][a-z0-9-]*-[0-9a-f-]{36}$",
            },
            "time": {"description": "When the command was accepted, in UTC.", "type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {
                "description": "The event and the number of the schema with which it was stored.",
                "type": "string", "format": "uri", "pattern": ":[1-9][0-9]*$",
            },
            "sequence": {
                "description": "The version of the event in its stream, in twenty digits. The first event has version 1, \
                                and no version is missing.",
                "type": "string", "pattern": "^[0-9]{20}$",
            },
            "traceparent": {
                "description": "The W3C trace context of the request that caused the event, if it had one.",
                "type": "string",
            },
            "correlationid": {
                "description": "The id that all messages of one business conversation share.", "type": "string",
            },
            "causationid": {"description": "The id of the message that caused the event.", "type": "string"},
            "replayed": {
                "description": "True if an operator published the event again; otherwise the attribute is absent.",
                "const": true,
            },
            "replayto": {
                "description": "The name of the rule that an operator published the event for.", "type": "string",
            },
            "data": {"description": "The data of the event.", "type": "object"},
            "dataref": {
                "description": "A reference to the data of an event that is too large for the bus.",
                "type": "string", "format": "uri-reference",
            },
        },
    })
}

/// The schema of the event that a target receives. Source: "Amazon `EventBridge` User Guide", section "Event structure".
pub(crate) fn bridge_event() -> Value {
    json!({
        "type": "object",
        "description": "The event that EventBridge passes to a target whose rule has no input transformer.",
        "required": ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"],
        "properties": {
            "version": {"const": "0"},
            "id": {"description": "EventBridge's own id. The id of the event is in `detail`.", "type": "string"},
            "detail-type": {"description": "The name of the event, for the pattern of a rule.", "type": "string"},
            "source": {"description": "The source that the publisher is configured with.", "type": "string"},
            "account": {"description": "The AWS account of the bus.", "type": "string"},
            "time": {"description": "When EventBridge received the event.", "type": "string", "format": "date-time"},
            "region": {"description": "The AWS region of the bus.", "type": "string"},
            "resources": {"description": "Empty.", "type": "array", "items": {"type": "string"}},
            "detail": {"$ref": "#/components/schemas/CloudEvent"},
        },
    })
}
