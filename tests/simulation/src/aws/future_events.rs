//! A rolling deployment: new code writes events that old code does not know, either of a new schema or of a new type.
//!
//! New code and old code are the same code here. The new form exists only in the event table and in the stream: the
//! writes of new code get it, and new code reads the events in the known form.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use event_bus::{EventSchema, PublishedEvent};
use reactions::publish_events::VOCABULARY;
use serde_json::{Value, json};

use super::{DynamoRequest, DynamoResponse};
use crate::world::{Function, FutureEvents, REBUILD, World};

/// The end of the event type and the next member, in the schema that all code knows.
const KNOWN: &str = r#"OrderConfirmed","data""#;
/// The same in the new schema.
const SCHEMA: &str = r#"OrderConfirmed","schema":99,"data""#;
/// The same as an event of a new type.
const TYPE: &str = r#"OrderAccepted","data""#;

/// An event in the form that is new.
const fn text(future: FutureEvents) -> &'static str {
    match future {
        FutureEvents::Schema => SCHEMA,
        FutureEvents::Type => TYPE,
    }
}

/// Gives the events of a new commit the new form, if the deployed commands write it.
pub(super) fn write(world: &World, call: &mut DynamoRequest) {
    if call.operation == "PutItem"
        && call.is_about_events()
        && let Some(future) = world.deployment.future_events()
    {
        let item = &mut call.body["Item"];
        let events = item["events"]["S"].as_str().unwrap().replace(KNOWN, text(future));
        if events.contains(text(future)) {
            world.deployment.record_future(item["pk"]["S"].as_str().unwrap());
        }
        item["events"] = json!({ "S": events });
    }
}

/// Converts the events in `reply` into the known form, if the code of the caller knows the new one or the planted bug
/// skips the new type.
pub(super) fn read(world: &Arc<World>, call: &DynamoRequest, reply: DynamoResponse) -> DynamoResponse {
    let is_new = ["commands", "reconcile", REBUILD].contains(&call.caller)
        || world.deployment.knows_future_events(Function(call.caller))
        || world.skips_new_type(Function(call.caller));
    if !(is_new && call.is_about_events()) {
        return reply;
    }
    DynamoResponse { body: in_known_form(&reply.body), ..reply }
}

/// `json`, an item or a response with items, with its events in the known form.
pub(crate) fn in_known_form(json: &str) -> String {
    let escaped = |text: &str| text.replace('"', r#"\""#);
    json.replace(&escaped(SCHEMA), &escaped(KNOWN)).replace(&escaped(TYPE), &escaped(KNOWN))
}

/// `event` of the bus in the known form.
pub(crate) fn published_in_known_form(event: &PublishedEvent) -> PublishedEvent {
    let mut event = event.clone();
    if ["OrderConfirmed", "OrderAccepted"].contains(&event.event_type.as_str()) {
        event.dataschema = EventSchema::new(VOCABULARY.schemas, "OrderConfirmed", 1);
        "OrderConfirmed".clone_into(&mut event.event_type);
    }
    event
}

/// The record of the stream with its events in the known form.
pub(crate) fn record_in_known_form(record: &Value) -> Value {
    let mut record = record.clone();
    let data = &mut record["kinesis"]["data"];
    *data = data_in_known_form(data);
    record
}

/// The data of a record with its events in the known form.
pub(crate) fn data_in_known_form(data: &Value) -> Value {
    let change = String::from_utf8(BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap()).unwrap();
    BASE64_STANDARD.encode(in_known_form(&change)).into()
}
