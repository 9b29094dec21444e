//! Groups the commands of a batch by the order that they change, to find the commands that may run concurrently.

use std::collections::BTreeMap;

use serde_json::Value;

/// Splits the commands into lanes and pairs each with its index in the batch. The commands on one order share a lane
/// and keep their sequence. A command without an order has a lane of its own. Lanes may run concurrently.
pub(crate) fn by_order(commands: Vec<Value>) -> Vec<Vec<(usize, Value)>> {
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
