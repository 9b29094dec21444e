//! A load on functions that are frozen between any two of their invocations.

use std::collections::BTreeMap;
use std::sync::Arc;

use e2e::{Call, Caller, get, post};
use localstack::{Stack, StackOptions};
use serde_json::json;
use stack_telemetry::otlp::{TraceId, ids_of_traceparent};

use crate::received::{PROJECTIONS, Received, keeping_all};

/// Callers at the same time.
const CALLERS: usize = 8;
/// How often each creates an order and asks for it.
const ROUNDS: usize = 130;

/// The traces of the two kinds of invocation.
#[derive(Default)]
struct Invoked {
    commands: Vec<TraceId>,
    queries: Vec<TraceId>,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_out_comes_in() {
    let parameters = BTreeMap::from([("PriceSource".to_owned(), "command".to_owned())]);
    let telemetry = Some(keeping_all());
    let stack = Stack::start(StackOptions { parameters, telemetry, ..StackOptions::default() }).await;
    let stack = stack.expect("a stack");
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    let caller = Arc::new(Caller::new(stack.base_url()).expect("a client").with(token));
    let calling: Vec<_> = (0..CALLERS).map(|_| tokio::spawn(call(Arc::clone(&caller)))).collect();
    let mut invoked = Invoked::default();
    for calls in calling {
        let Invoked { commands, queries } = calls.await.expect("calls");
        invoked.commands.extend(commands);
        invoked.queries.extend(queries);
    }
    let (commands, queries) = (invoked.commands.len(), invoked.queries.len());
    assert!(commands + queries >= 2_000, "only {commands} and {queries}");

    let received = Received::once(stack.traces(), |received| {
        received.projected.values().map(Vec::len).sum::<usize>() >= commands * PROJECTIONS
    });
    let received = received.await;
    invoked.commands.iter().for_each(|trace| received.assert_command(*trace));
    for trace in &invoked.queries {
        let spans = received.of(*trace);
        for name in ["query.get-order", "read_store.get"] {
            assert_eq!(spans.get(name), Some(&1), "{trace}: {name} in {spans:?}");
        }
        assert!(spans.contains_key("DynamoDB.GetItem"), "{trace}: {spans:?}");
    }
    assert_eq!(received.number_of("command.create-order"), commands);
    assert_eq!(received.number_of("query.get-order"), queries);
    assert_eq!(received.without_parent, Vec::<String>::new());
    let counts = stack.traces().counts();
    assert_eq!((counts.rejected, counts.evicted), (0, 0));
    stack.shutdown().await;
}

async fn call(caller: Arc<Caller>) -> Invoked {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let order = json!({ "items": items });
    let mut invoked = Invoked::default();
    for _ in 0..ROUNDS {
        let (id, command) = send(&caller, post("/commands/orders").json(&order), &[201]).await;
        let (_, query) = send(&caller, get(format!("/queries/orders/{id}")), &[200, 404]).await;
        invoked.commands.push(command);
        invoked.queries.push(query);
    }
    invoked
}

/// Makes a call, and gives the order's id, empty where there is none, and the trace of its invocation.
async fn send(caller: &Caller, call: Call, expected: &[u16]) -> (String, TraceId) {
    let reply = caller.send(call).await.expect("an answer");
    assert!(expected.contains(&reply.status), "{}: {}", reply.status, reply.body);
    let (trace, _) = ids_of_traceparent(reply.header("traceparent")).expect("a traceparent");
    (reply.body["order_id"].as_str().unwrap_or_default().to_owned(), trace)
}
