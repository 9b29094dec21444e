//! The server side of the simulated `DynamoDB`: the tables, the copy for stale reads, and the change stream.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{DynamoRequest, DynamoResponse, serve};
use crate::checks::after_write;
use crate::stream::record_change;
use crate::world::{OPERATIONS, World};

/// Executes `call`. If it appends a commit, the commit's change record is sent to the stream. A read that need not be
/// consistent may miss the latest writes.
pub(crate) fn take_effect(world: &Arc<World>, call: &DynamoRequest) -> DynamoResponse {
    let (now, fault_rates) = (world.clock.millis(), world.fault_rates());
    if call.may_be_stale() && world.random.chance(fault_rates.stale_reads) {
        return world.lagging_copy.answer(call, now.saturating_sub(fault_rates.lag_millis));
    }
    let reply = serve(&world.database, call);
    if reply.is_ok() && call.is_write() {
        world.lagging_copy.record(now, call.clone());
        if let Err(violation) = after_write(world, call) {
            world.record_violation(violation);
        }
    }
    if reply.is_ok() && call.operation == "UpdateItem" && call.is_about_switch() {
        let body = json!({ "TableName": OPERATIONS, "Key": call.body["Key"] });
        let get = DynamoRequest { caller: "log", operation: "GetItem".to_owned(), body };
        let found: Value = serde_json::from_str(&serve(&world.database, &get).body).unwrap();
        world.switch_log.record(now, &found["Item"]);
    }
    if reply.is_ok() && call.operation == "PutItem" && call.is_about_events() {
        world.commit_log.record(&call.body["Item"], world.clock.micros());
        record_change(world, &call.body["Item"]);
    }
    reply
}
