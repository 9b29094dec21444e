//! Which commands of a batch may run at the same time.

use std::collections::BTreeMap;

use serde_json::Value;

/// The commands with their places in the batch, in lanes: those on one order follow one another in one lane, as they
/// stand in the batch, and every other command has a lane of its own.
pub(crate) fn of(commands: Vec<Value>) -> Vec<Vec<(usize, Value)>> {
    let mut lanes: Vec<Vec<(usize, Value)>> = Vec::with_capacity(commands.len());
    let mut of_order = BTreeMap::new();
    for (index, command) in commands.into_iter().enumerate() {
        let lane = match command["order_id"].as_str() {
            Some(order) => *of_order.entry(order.to_owned()).or_insert(lanes.len()),
            None => lanes.len(),
        };
        match lanes.get_mut(lane) {
            Some(lane) => lane.push((index, command)),
            None => lanes.push(vec![(index, command)]),
        }
    }
    lanes
}
