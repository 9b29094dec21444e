//! Planted bugs on the wire between a function and its tables.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::sleep;
use view_store::Generation;

use crate::Mutation;
use crate::aws::{DynamoRequest, DynamoResponse, take_effect};
use crate::world::{Function, OPERATIONS, PUBLICATIONS, REBUILD, World};

/// How many of a thousand writes of postings the bug [`Mutation::PostingsLost`] loses.
const LOST_POSTINGS: u32 = 300;

/// Executes `call` with the planted bug.
pub(crate) async fn effect(world: &Arc<World>, mut call: DynamoRequest) -> DynamoResponse {
    let is_append = call.operation == "PutItem" && call.is_about_events();
    match world.mutation {
        Some(Mutation::VersionConditionDropped) if is_append => drop_condition(&mut call.body),
        Some(Mutation::DuplicatesApplied) if is_update_of_view(&call) => drop_condition(&mut call.body),
        Some(Mutation::MarkerUnconditional) if call.operation == "TransactWriteItems" => {
            let actions = call.body["TransactItems"].as_array_mut().unwrap();
            for action in actions {
                drop_condition(&mut action["Update"]);
            }
        }
        Some(Mutation::LoadInconsistent) if call.operation == "Query" && call.caller == "commands" => {
            call.drop_consistency();
        }
        Some(Mutation::BackfillInconsistent) if call.is_about_events() && is_projection(&call) => {
            call.drop_consistency();
        }
        Some(Mutation::ScanInconsistent) if call.is_about_events() && call.operation == "Scan" => {
            call.drop_consistency();
        }
        Some(Mutation::PageAfterTime) if call.operation == "Query" && call.caller == "queries" => {
            if let Some(high) = call.body["ExpressionAttributeValues"].get_mut(":high") {
                cut_position(high);
            }
        }
        Some(Mutation::ViewInTwoWrites) if call.operation == "UpdateItem" && is_projection(&call) => {
            return write_status_later(world, call).await;
        }
        Some(Mutation::NewTypeSkipped) if world.skips_new_type(Function(call.caller)) => {
            forget_new_event(world, &mut call.body);
        }
        Some(Mutation::LeaseIgnored) if is_taking_a_lease(&call) => drop_condition(&mut call.body),
        Some(Mutation::LeaseNeverEnds) if is_taking_a_lease(&call) => {
            call.body["ExpressionAttributeValues"][":now"] = json!({ "N": "0" });
        }
        Some(Mutation::LeaseKept) if call.body["TableName"] == OPERATIONS && !is_taking_a_lease(&call) => {
            return DynamoResponse::ok("{}".to_owned());
        }
        Some(Mutation::AcknowledgedBeforeWrite) if is_append => {
            return acknowledge_before_effect(world, call, 500);
        }
        // The writer does not wait for the event, so a later event of the same run may be written first.
        Some(Mutation::HistoryEventsTogether) if is_write_of_history(&call) => {
            return acknowledge_before_effect(world, call, 40);
        }
        Some(Mutation::PostingsLost) if is_write_of_postings(&call) && world.random.chance(LOST_POSTINGS) => {
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
        Some(Mutation::CutOverNotStrict) if call.is_about_switch() && is_projection(call) => {
            let body = reply.body.replace("strict", "complete").replace("switched", "complete");
            DynamoResponse { body, ..reply }
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
            is_projection(call) && call.is_about(Generation::Green)
        }
        _ => false,
    };
    if is_mistaken { DynamoResponse::ok("{}".to_owned()) } else { throttle }
}

/// Whether `call` writes postings of the search.
fn is_write_of_postings(call: &DynamoRequest) -> bool {
    call.operation == "BatchWriteItem" && call.body.to_string().contains("\"word#")
}

/// Whether `call` updates a view.
fn is_update_of_view(call: &DynamoRequest) -> bool {
    call.operation == "UpdateItem" && call.body["TableName"] != PUBLICATIONS
}

/// Whether `call` writes events of histories.
fn is_write_of_history(call: &DynamoRequest) -> bool {
    call.operation == "BatchWriteItem" && call.body.to_string().contains("\"event#")
}

/// Acknowledges `call`, which takes effect within `millis` milliseconds.
fn acknowledge_before_effect(world: &Arc<World>, call: DynamoRequest, millis: u64) -> DynamoResponse {
    let (delay, later) = (world.random.millis(0..millis), Arc::clone(world));
    world.detach(async move {
        sleep(delay).await;
        take_effect(&later, &call);
    });
    DynamoResponse::ok("{}".to_owned())
}

/// Whether a projection sends `call`.
fn is_projection(call: &DynamoRequest) -> bool {
    call.caller.ends_with("-projection")
}

/// Whether `call` takes the lease of an operator.
fn is_taking_a_lease(call: &DynamoRequest) -> bool {
    let is_put = call.operation == "PutItem" && call.body["TableName"] == OPERATIONS;
    is_put && call.body["ExpressionAttributeValues"][":now"].is_object()
}

/// Removes the condition from a write, and the values that only the condition uses, because DynamoDB refuses unused
/// values.
fn drop_condition(write: &mut Value) {
    write.as_object_mut().unwrap().remove("ConditionExpression");
    if let Some(values) = write.get_mut("ExpressionAttributeValues").and_then(Value::as_object_mut) {
        for name in [":checkpoint", ":now", ":holder"] {
            values.remove(name);
        }
        if values.is_empty() {
            write.as_object_mut().unwrap().remove("ExpressionAttributeValues");
        }
    }
}

/// Removes the id from a position in a list of orders.
fn cut_position(position: &mut Value) {
    if let Some((time, id)) = position["S"].as_str().and_then(|text| text.split_once('#'))
        && id.trim_end_matches('~').len() == 36
    {
        *position = json!({ "S": time });
    }
}

/// Takes the effect of a new event out of a write to the view of an order. The status before this event is always
/// `pending`.
fn forget_new_event(world: &World, write: &mut Value) {
    let stream = write["Key"]["pk"]["S"].as_str().unwrap_or_default().replace('#', "-");
    let status = write.pointer_mut("/ExpressionAttributeValues/:value_status/S");
    if let Some(status) =
        status.filter(|status| **status == "confirmed" && world.deployment.has_future(&stream))
    {
        *status = "pending".into();
    }
}

/// Writes a view without its status, and the status some time later.
async fn write_status_later(world: &Arc<World>, mut call: DynamoRequest) -> DynamoResponse {
    let mut later = call.clone();
    let expression = call.body["UpdateExpression"].as_str().unwrap_or_default();
    let without =
        expression.replace(", #status = :value_status", "").replace("#status = :value_status, ", "");
    if without == expression {
        return take_effect(world, &call);
    }
    call.body["UpdateExpression"] = without.into();
    for (map, name) in
        [("ExpressionAttributeNames", "#status"), ("ExpressionAttributeValues", ":value_status")]
    {
        let value = call.body[map].as_object_mut().unwrap().remove(name).unwrap();
        later.body[map] = json!({ name: value });
    }
    later.body["UpdateExpression"] = json!("SET #status = :value_status");
    later.body.as_object_mut().unwrap().remove("ConditionExpression");
    let reply = take_effect(world, &call);
    if reply.is_ok() {
        sleep(world.random.millis(50..400)).await;
        take_effect(world, &later);
    }
    reply
}

/// Splits the transaction of `call` into two: first the counters, then the markers, which have conditions.
async fn split_transaction(world: &Arc<World>, call: DynamoRequest) -> DynamoResponse {
    let of = |items: &[&Value], token: &str| {
        let body = json!({ "TransactItems": items, "ClientRequestToken": token });
        DynamoRequest { body, ..call.clone() }
    };
    let (items, token) = (call.body["TransactItems"].as_array().unwrap(), world.invocation());
    let (markers, counters): (Vec<&Value>, Vec<&Value>) =
        items.iter().partition(|item| item["Update"]["ConditionExpression"].is_string());
    if !counters.is_empty() {
        take_effect(world, &of(&counters, &token));
        sleep(world.random.millis(1..20)).await;
    }
    take_effect(world, &of(&markers, &world.invocation()))
}
