//! The server side of the simulated `DynamoDB`: the tables, the copy for stale reads, and the change stream.

use std::sync::Arc;

use super::{DynamoRequest, DynamoResponse, serve};
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
