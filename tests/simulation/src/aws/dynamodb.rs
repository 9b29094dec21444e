//! The server side of the simulated `DynamoDB`: the engine of the embedded stack with its JSON requests.

use std::sync::Arc;

use dynoxide::Database;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{DynamoRequest, DynamoResponse};
use crate::stream::record_change;
use crate::world::World;

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
    }
    if reply.is_ok() && call.operation == "PutItem" && call.is_about_events() {
        world.commit_log.record(&call.body["Item"]);
        record_change(world, &call.body["Item"]);
    }
    reply
}

/// Executes `call` on the tables of `database`.
pub(crate) fn serve(database: &Database, call: &DynamoRequest) -> DynamoResponse {
    match call.operation.as_str() {
        "PutItem" => answer(call, |request| database.put_item(request)),
        "GetItem" => answer(call, |request| database.get_item(request)),
        "UpdateItem" => answer(call, |request| database.update_item(request)),
        "Query" => answer(call, |request| database.query(request)),
        "Scan" => answer(call, |request| database.scan(request)),
        "BatchGetItem" => answer(call, |request| database.batch_get_item(request)),
        "BatchWriteItem" => answer(call, |request| database.batch_write_item(request)),
        "TransactWriteItems" => answer(call, |request| database.transact_write_items(request)),
        "CreateTable" => answer(call, |request| database.create_table(request)),
        other => panic!("{} sends {other}, which is not simulated", call.caller),
    }
}

fn answer<Q, A>(call: &DynamoRequest, act: impl FnOnce(Q) -> dynoxide::Result<A>) -> DynamoResponse
where
    Q: DeserializeOwned,
    A: Serialize,
{
    let request = serde_json::from_value(call.body.clone()).unwrap();
    match act(request) {
        Ok(answer) => DynamoResponse::ok(serde_json::to_string(&answer).unwrap()),
        Err(error) => DynamoResponse { status: error.status_code(), body: error.to_json() },
    }
}
