//! Tests that no span is lost. Thousands of invocations run, the sandbox is frozen after each, and all their spans must
//! arrive. If a function is killed, only the spans of its last invocation may be missing.

mod received;

use std::collections::BTreeMap;

use e2e::{ApiCall, ApiClient, ApiResponse, get, post};
use futures::future::join_all;
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::json;
use stack_base::chaos::ChaosSpec;
use stack_telemetry::otlp::{TraceId, ids_of_traceparent};

use crate::every_span::received::{PROJECTIONS, ReceivedSpans, options_for_all_spans};

/// The number of concurrent callers.
const CALLERS: usize = 8;
/// The number of orders that each caller creates and reads.
const ROUNDS: usize = 130;
/// The number of orders that each caller creates while functions are killed.
const CRASH_ROUNDS: usize = 50;
/// The probability that a function is killed around a write.
const CRASHES: &str = "kill=0.02,seed=11";

/// A stack with the faults `chaos`, and a customer.
async fn stack(chaos: ChaosSpec) -> (RunningStack, ApiClient) {
    let parameters = BTreeMap::from([("PriceSource".to_owned(), "command".to_owned())]);
    let telemetry = Some(options_for_all_spans());
    let options = StackOptions { parameters, chaos, telemetry, ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    let caller = ApiClient::new(stack.base_url()).expect("a client").with(token);
    (stack, caller)
}

fn order() -> ApiCall {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    post("/commands/orders").json(&json!({ "items": items }))
}

/// Sends a call and checks that the response has one of the statuses `expected`. Returns the response and the trace of
/// the invocation.
async fn send(caller: &ApiClient, call: ApiCall, expected: &[u16]) -> (ApiResponse, TraceId) {
    let reply = caller.send(call).await.expect("an answer");
    assert!(expected.contains(&reply.status), "{}: {}", reply.status, reply.body);
    let (trace, _) = ids_of_traceparent(reply.header("traceparent")).expect("a traceparent");
    (reply, trace)
}

/// Creates orders and reads each. Returns the trace of each command and of its query.
async fn order_and_read(caller: ApiClient) -> Vec<(TraceId, TraceId)> {
    let mut traces = Vec::new();
    for _ in 0..ROUNDS {
        let (created, command) = send(&caller, order(), &[201]).await;
        let id = created.body["order_id"].as_str().expect("an id");
        let (_, query) = send(&caller, get(format!("/queries/orders/{id}")), &[200, 404]).await;
        traces.push((command, query));
    }
    traces
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exported_span_arrives() {
    let (stack, caller) = stack(ChaosSpec::default()).await;
    let calling = join_all((0..CALLERS).map(|_| tokio::spawn(order_and_read(caller.clone())))).await;
    let invoked: Vec<_> = calling.into_iter().flat_map(|calls| calls.expect("calls")).collect();
    assert!(2 * invoked.len() >= 2_000, "only {} commands and as many queries", invoked.len());

    let received = ReceivedSpans::wait_until(stack.traces(), |received| {
        received.projected.values().map(Vec::len).sum::<usize>() >= invoked.len() * PROJECTIONS
    });
    let received = received.await;
    for (command, query) in &invoked {
        received.assert_command(*command);
        let spans = received.spans_of(*query);
        for name in ["query.get_order", "read_store.get"] {
            assert_eq!(spans.get(name), Some(&1), "{query}: {name} in {spans:?}");
        }
        assert!(spans.contains_key("DynamoDB.GetItem"), "{query}: {spans:?}");
    }
    assert_eq!(received.number_of("command.create_order"), invoked.len());
    assert_eq!(received.number_of("query.get_order"), invoked.len());
    assert_eq!(received.without_parent, Vec::<String>::new());
    let counts = stack.traces().counts();
    assert_eq!((counts.rejected, counts.evicted), (0, 0));
    stack.shutdown().await;
}

/// Creates orders. Returns the trace of each command, or `None` if its function was killed. A killed command is not
/// sent again.
async fn order_among_crashes(caller: ApiClient) -> Vec<Option<TraceId>> {
    let mut traces = Vec::new();
    for _ in 0..CRASH_ROUNDS {
        let reply = caller.send(order()).await.expect("an answer");
        traces.push(match reply.status {
            201 => Some(ids_of_traceparent(reply.header("traceparent")).expect("ids").0),
            500 => None,
            status => panic!("{status}: {}", reply.body),
        });
    }
    traces
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_loses_only_its_own_spans() {
    let (stack, caller) = stack(CRASHES.parse().expect("a specification of chaos")).await;
    let ordering = join_all((0..CALLERS).map(|_| tokio::spawn(order_among_crashes(caller.clone())))).await;
    let commands: Vec<_> = ordering.into_iter().flat_map(|orders| orders.expect("orders")).collect();
    let answered: Vec<TraceId> = commands.iter().copied().flatten().collect();
    assert!(answered.len() < commands.len(), "no command was killed");

    let received = ReceivedSpans::wait_until(stack.traces(), |received| {
        answered.iter().all(|trace| received.is_projected(*trace))
    });
    let received = received.await;
    for trace in &answered {
        received.assert_command(*trace);
    }
    assert_eq!(received.number_of("command.create_order"), answered.len());
    assert_eq!(received.without_parent, Vec::<String>::new());
    stack.shutdown().await;
}
