//! A load on functions that are killed at times, frozen between any two of their invocations.

use std::collections::BTreeMap;

use e2e::{Caller, post};
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::json;
use stack_telemetry::otlp::{TraceId, ids_of_traceparent};

use crate::received::{Received, keeping_all};

/// Callers at the same time.
const CALLERS: usize = 8;
/// How often each creates an order.
const ROUNDS: usize = 50;
/// How often whoever writes is killed.
const CHAOS: &str = "kill=0.02,seed=11";

/// What has become of the commands.
#[derive(Debug, Default)]
struct Commands {
    answered: Vec<TraceId>,
    crashed: usize,
}

async fn stack() -> RunningStack {
    let parameters = BTreeMap::from([("PriceSource".to_owned(), "command".to_owned())]);
    let chaos = CHAOS.parse().expect("a specification of chaos");
    let telemetry = Some(keeping_all());
    let options = StackOptions { parameters, chaos, telemetry, ..StackOptions::default() };
    Stack::start(options).await.expect("a stack")
}

/// Creates one order after another. Who is not answered is not answered: nothing is sent again.
async fn orders(caller: Caller) -> Commands {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let mut commands = Commands::default();
    for _ in 0..ROUNDS {
        let order = post("/commands/orders").json(&json!({ "items": items }));
        let reply = caller.send(order).await.expect("an answer");
        match reply.status {
            201 => commands.answered.push(ids_of_traceparent(reply.header("traceparent")).expect("ids").0),
            500 => commands.crashed += 1,
            status => panic!("{status}: {}", reply.body),
        }
    }
    commands
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_no_span_but_its_own() {
    let stack = stack().await;
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    let caller = Caller::new(stack.base_url()).expect("a client").with(token);
    let ordering: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(orders(caller.clone()))).collect();
    let mut commands = Commands::default();
    for orders in ordering {
        let Commands { answered, crashed } = orders.await.expect("orders");
        commands.answered.extend(answered);
        commands.crashed += crashed;
    }
    assert!(commands.crashed > 0, "no command was killed");

    let received = Received::once(stack.traces(), |received| {
        commands.answered.iter().all(|trace| received.is_projected(*trace))
    });
    let received = received.await;
    commands.answered.iter().for_each(|trace| received.assert_command(*trace));
    assert_eq!(received.number_of("command.create-order") + commands.crashed, CALLERS * ROUNDS);
    assert_eq!(received.without_parent, Vec::<String>::new());
    stack.shutdown().await;
}
