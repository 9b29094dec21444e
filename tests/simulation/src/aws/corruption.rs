//! An operator damages an item of the event table by hand, and repairs the item later.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tables::{request, scan};
use super::take_effect;
use crate::world::{EVENTS, World};

/// Damages a random commit of an order, if there is one.
pub(crate) fn damage_an_item(world: &Arc<World>) {
    let items = scan(world, EVENTS);
    let is_of_order = |item: &&Value| item["pk"]["S"].as_str().is_some_and(|key| key.starts_with("order-"));
    let orders: Vec<&Value> = items.iter().filter(is_of_order).collect();
    if !orders.is_empty() {
        let sound = (*world.random.one(&orders)).clone();
        set_events(world, &sound, &json!({ "S": "written by hand" }));
        world.corruption.record(sound);
    }
}

/// Repairs the damaged items.
pub(crate) fn repair_items(world: &Arc<World>) {
    for sound in world.corruption.take() {
        set_events(world, &sound, &sound["events"]);
    }
}

fn set_events(world: &Arc<World>, item: &Value, events: &Value) {
    let body = json!({
        "TableName": EVENTS,
        "Key": { "pk": item["pk"], "sk": item["sk"] },
        "UpdateExpression": "SET events = :events",
        "ExpressionAttributeValues": { ":events": events },
    });
    take_effect(world, &request("UpdateItem", body));
    let place = format!("{} {}", item["pk"], item["sk"]);
    world.trace.note(format!("{} an operator changes {place} to {events}", world.clock.millis()));
}
