//! A rolling deployment: new code writes events of a schema that old code does not know.
//!
//! New code and old code are the same code here. The new schema exists only in the event table and in the stream: the
//! writes of new code get its number, and new code reads the events without that number.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::{DynamoRequest, DynamoResponse};
use crate::world::{Function, REBUILD, World};

/// The end of the event type and the next member, in the schema that all code knows.
const KNOWN: &str = r#"OrderConfirmed","data""#;
/// The same in the new schema.
const FUTURE: &str = r#"OrderConfirmed","schema":99,"data""#;

/// Gives the events of a new commit the new schema, if the deployed commands write it.
pub(super) fn write(world: &World, call: &mut DynamoRequest) {
    if call.operation == "PutItem" && call.is_about_events() && world.deployment.writes_future_schema() {
        let item = &mut call.body["Item"];
        let events = item["events"]["S"].as_str().unwrap().replace(KNOWN, FUTURE);
        if events.contains(FUTURE) {
            world.deployment.record_future(item["pk"]["S"].as_str().unwrap());
        }
        item["events"] = json!({ "S": events });
    }
}

/// Converts the events in `reply` into the known schema, if the code of the caller knows the new schema.
pub(super) fn read(world: &Arc<World>, call: &DynamoRequest, reply: DynamoResponse) -> DynamoResponse {
    let is_new = ["commands", "reconcile", REBUILD].contains(&call.caller)
        || world.deployment.knows_future_schema(Function(call.caller));
    if !(is_new && call.is_about_events()) {
        return reply;
    }
    DynamoResponse { body: in_known_schema(&reply.body), ..reply }
}

/// `json`, an item or a response with items, with its events in the known schema.
pub(crate) fn in_known_schema(json: &str) -> String {
    let escaped = |text: &str| text.replace('"', r#"\""#);
    json.replace(&escaped(FUTURE), &escaped(KNOWN))
}

/// The record of the stream with its events in the known schema.
pub(crate) fn record_in_known_schema(record: &Value) -> Value {
    let mut record = record.clone();
    let data = &mut record["kinesis"]["data"];
    *data = data_in_known_schema(data);
    record
}

/// The data of a record with its events in the known schema.
pub(crate) fn data_in_known_schema(data: &Value) -> Value {
    let change = String::from_utf8(BASE64_STANDARD.decode(data.as_str().unwrap()).unwrap()).unwrap();
    BASE64_STANDARD.encode(in_known_schema(&change)).into()
}
