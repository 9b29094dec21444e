//! Planted bugs on the wire between a function and its tables.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::Mutation;
use crate::aws::{DynamoRequest, DynamoResponse, take_effect};
use crate::world::{REBUILD, World};

/// The staleness of a stale read in microseconds. Such a read misses younger commits.
const STALENESS: i64 = 1_000_000;

/// How many of a thousand writes of postings the bug [`Mutation::PostingsLost`] loses.
const LOST_POSTINGS: u32 = 300;

/// Executes `call` with the planted bug.
pub(crate) async fn effect(world: &Arc<World>, mut call: DynamoRequest) -> DynamoResponse {
    let is_append = call.operation == "PutItem" && call.is_about_events();
    match world.mutation {
        Some(Mutation::VersionConditionDropped) if is_append => drop_condition(&mut call.body),
        Some(Mutation::DuplicatesApplied) if call.operation == "UpdateItem" => drop_condition(&mut call.body),
        Some(Mutation::MarkerUnconditional) if call.operation == "TransactWriteItems" => {
            drop_condition(&mut call.body["TransactItems"][0]["Update"]);
        }
        Some(Mutation::AcknowledgedBeforeWrite) if is_append => {
            let (delay, later) = (world.random.millis(0..500), Arc::clone(world));
            world.detach(async move {
                sleep(delay).await;
                take_effect(&later, &call);
            });
            return DynamoResponse::ok("{}".to_owned());
        }
        Some(Mutation::PostingsLost)
            if call.operation == "BatchWriteItem" && world.random.chance(LOST_POSTINGS) =>
        {
            return DynamoResponse::ok("{}".to_owned());
        }
        Some(Mutation::MarkerApart) if call.operation == "TransactWriteItems" => {
            return split_transaction(world, call).await;
        }
        _ => {}
    }
    take_effect(world, &call)
}

/// Applies the planted bug to `reply`.
pub(crate) fn answer(world: &World, call: &DynamoRequest, reply: DynamoResponse) -> DynamoResponse {
    let without = |member: &str| {
        let Ok(mut body) = serde_json::from_str::<Value>(&reply.body) else { return reply.clone() };
        body.as_object_mut().unwrap().remove(member);
        DynamoResponse { body: body.to_string(), ..reply }
    };
    match world.mutation {
        Some(Mutation::PagesNotFollowed) if call.operation == "Query" => without("LastEvaluatedKey"),
        Some(Mutation::UnwrittenForgotten) if call.operation == "BatchWriteItem" => {
            without("UnprocessedItems")
        }
        Some(Mutation::UnreadForgotten) if call.operation == "BatchGetItem" => without("UnprocessedKeys"),
        Some(Mutation::BackfillStale) if call.is_about_events() && call.caller.ends_with("-projection") => {
            stale(world, &reply)
        }
        Some(Mutation::RebuildScanStale) if call.is_about_events() && call.caller == REBUILD => {
            stale(world, &reply)
        }
        Some(Mutation::SegmentCutShort) if call.is_about_events() && call.operation == "Scan" => {
            without("LastEvaluatedKey")
        }
        _ => reply,
    }
}

/// Returns `throttle`, or a success if the planted bug ignores throttling.
pub(crate) fn refusal(world: &World, call: &DynamoRequest, throttle: DynamoResponse) -> DynamoResponse {
    let is_mistaken = match world.mutation {
        Some(Mutation::ThrottleTakenForSuccess) => call.operation == "PutItem",
        Some(Mutation::RebuildThrottleIgnored) => call.caller == REBUILD && call.operation == "UpdateItem",
        Some(Mutation::SecondGenerationFailureIgnored) => {
            call.caller.ends_with("-projection") && call.is_about_second_generation()
        }
        _ => false,
    };
    if is_mistaken { DynamoResponse::ok("{}".to_owned()) } else { throttle }
}

/// Removes the condition from a write, and the value that only the condition uses, because DynamoDB refuses unused
/// values.
fn drop_condition(write: &mut Value) {
    write.as_object_mut().unwrap().remove("ConditionExpression");
    if let Some(values) = write.get_mut("ExpressionAttributeValues").and_then(Value::as_object_mut) {
        values.remove(":after");
    }
}

/// Splits the transaction of `call` into two: first the counters, then the marker.
async fn split_transaction(world: &Arc<World>, call: DynamoRequest) -> DynamoResponse {
    let of = |items: &[Value], token: &str| {
        let body = json!({ "TransactItems": items, "ClientRequestToken": token });
        DynamoRequest { body, ..call.clone() }
    };
    let (items, token) = (call.body["TransactItems"].as_array().unwrap(), world.invocation());
    if items.len() > 1 {
        take_effect(world, &of(&items[1..], &token));
        sleep(world.random.millis(1..20)).await;
    }
    take_effect(world, &of(&items[..1], &world.invocation()))
}

/// `reply` without the commits of the last second.
fn stale(world: &World, reply: &DynamoResponse) -> DynamoResponse {
    let mut body: Value = serde_json::from_str(&reply.body).unwrap();
    let seen = es_core::Timestamp::from_micros(world.clock.micros() - STALENESS).unwrap().to_string();
    if let Some(items) = body["Items"].as_array_mut() {
        items.retain(|item| item["at"]["S"].as_str() < Some(seen.as_str()));
    }
    DynamoResponse { status: reply.status, body: body.to_string() }
}
