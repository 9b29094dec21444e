//! Tests the traces of an order, which the real functions send to the embedded stack.

#[path = "../../tidy/conventions.rs"]
mod conventions;
mod tree;

use std::sync::Arc;
use std::time::Duration;

use e2e::{ApiCall, ApiClient, ApiResponse, get, post, put};
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::{Value, json};
use stack_telemetry::otlp::{Span, SpanId, SpanKind, TraceId, ids_of_traceparent};

/// The longest wait for a trace. A trace takes far less time.
const PATIENCE: Duration = Duration::from_mins(1);
/// The id of the customer, which no span may contain.
const CUSTOMER: &str = "jane.doe@example.com";

struct Shop {
    stack: RunningStack,
    customer: ApiClient,
    operator: ApiClient,
}

impl Shop {
    async fn open() -> Self {
        let stack = Stack::start(StackOptions::default()).await.expect("a stack");
        let caller = |subject, scope| {
            let token = stack.token(subject, scope).expect("a token");
            ApiClient::new(stack.base_url()).expect("a client").with(token)
        };
        let customer = caller(CUSTOMER, "orders:read orders:write orders:fulfil");
        Self { customer, operator: caller("operator", "orders:admin"), stack }
    }

    /// Sends `call` as the customer. Returns the response, and the ids of the trace and of the function's root span.
    async fn send(&self, call: ApiCall) -> (ApiResponse, TraceId, SpanId) {
        let reply = self.customer.send(call).await.expect("an answer");
        let (trace, span) = ids_of_traceparent(reply.header("traceparent")).expect("a traceparent");
        let xray = format!("Root=1-{}-{};", &trace.to_string()[..8], &trace.to_string()[8..]);
        assert!(reply.header("x-amzn-trace-id").starts_with(&xray), "{}", reply.header("x-amzn-trace-id"));
        (reply, trace, span)
    }

    /// Creates an order. Returns its id, and the ids of the trace and of the command's root span.
    async fn order(&self) -> (String, TraceId, SpanId) {
        let offer = json!({"name": "Kettle", "unit_price_cents": 5990, "currency": "EUR"});
        self.operator.send(put("/commands/products/kettle").json(&offer)).await.expect("an answer");
        let order = json!({"currency": "EUR", "items": [{"product_id": "kettle", "quantity": 2}]});
        let (reply, trace, span) = self.send(post("/commands/orders").json(&order)).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        (reply.body["order_id"].as_str().expect("an id").to_owned(), trace, span)
    }

    /// Waits until `root`, the last span to end, has arrived, and returns all spans of `trace`.
    async fn trace(&self, trace: TraceId, root: SpanId) -> Vec<Arc<Span>> {
        let whole = |spans: &Vec<Arc<Span>>| spans.iter().any(|span| span.span_id == root);
        let found = self.stack.traces().wait_for(PATIENCE, |store| Some(store.trace(trace)).filter(whole));
        found.await.unwrap_or_else(|| panic!("trace {trace} has no span {root}"))
    }

    /// Waits for the trace of the batch in which `function` handled the events of `trace`, and returns its spans.
    async fn projection_trace(&self, trace: TraceId, function: &str) -> Vec<Arc<Span>> {
        let of_function =
            |span: &Arc<Span>| span.parent.is_none() && text(span, "cqrs.destination") == function;
        let found = self.stack.traces().wait_for(PATIENCE, |store| {
            store.linked_to(trace).into_iter().find(|spans| spans.iter().any(of_function))
        });
        found.await.unwrap_or_else(|| panic!("{function} has no trace that is linked to {trace}"))
    }
}

fn text<'a>(span: &'a Span, attribute: &str) -> &'a str {
    span.text(attribute).unwrap_or_default()
}

/// The operation, source, destination and event type of `span`.
fn cqrs(span: &Span) -> [&str; 4] {
    ["cqrs.operation", "cqrs.source", "cqrs.destination", "cqrs.event_type"].map(|name| text(span, name))
}

fn find<'a>(spans: &'a [Arc<Span>], name: &str) -> &'a Span {
    spans
        .iter()
        .find(|span| span.name == name)
        .unwrap_or_else(|| panic!("no {name} in {}", tree::from_spans(spans)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_its_projections_and_a_query_have_complete_traces() {
    let shop = Shop::open().await;
    let (order, trace, root) = shop.order().await;
    let stream = format!("order-{order}");

    let command = shop.trace(trace, root).await;
    let expected = "command.create_order
  event_store.load_events
    DynamoDB.Query
  decide
  event_store.append_event
    DynamoDB.PutItem
";
    assert_eq!(tree::from_spans(&command), expected);
    let span = find(&command, "command.create_order");
    assert_eq!((span.kind, text(span, "cqrs.side")), (SpanKind::Server, "command"));
    assert_eq!(cqrs(span), ["create", "http", "event_store", ""]);
    assert_eq!(
        (text(span, "cqrs.aggregate_id"), &span.attributes["cqrs.aggregate_version"]),
        (&*stream, &json!(1))
    );
    assert_eq!((text(span, "http.route"), text(span, "faas.trigger")), ("/commands/orders", "http"));
    assert_eq!(span.attributes["http.response.status_code"], json!(201));
    assert_eq!(span.attributes["faas.coldstart"], json!(true));
    assert!(!text(span, "faas.invocation_id").is_empty());
    assert_eq!(span.resource["faas.max_memory"], json!(256 * 1024 * 1024));
    assert!(span.resource.contains_key("faas.version"));
    assert_eq!(span.attributes["items_count"], json!(1));
    for name in ["event_store.load_events", "decide", "event_store.append_event"] {
        assert_eq!(text(find(&command, name), "cqrs.side"), "command", "{name}");
    }
    let append = find(&command, "event_store.append_event");
    assert_eq!(text(append, "cqrs.event_type"), "OrderCreated");
    let capacity = append.attributes["aws.dynamodb.consumed_capacity"].as_array().expect("a list");
    let [Value::String(capacity)] = &capacity[..] else { panic!("{capacity:?}") };
    let capacity: Value = serde_json::from_str(capacity).expect("JSON");
    assert!(capacity["CapacityUnits"].as_f64().is_some_and(|units| units >= 1.0), "{capacity}");

    // The first event of an instance also reads which generation of the query table is live.
    shop.projection_trace(trace, "order-projection").await;
    let (_, trace, root) = shop.send(get(format!("/queries/orders/{order}"))).await;
    let cold = tree::from_spans(&shop.trace(trace, root).await);
    assert!(
        cold.contains("query.read_generations\n  read_store.generations\n    DynamoDB.GetItem\n"),
        "{cold}"
    );

    let (order, trace, root) = shop.order().await;
    let stream = format!("order-{order}");
    let batch = shop.projection_trace(trace, "order-projection").await;
    let expected = "projection.handle_event
  projection.order_created
    read_store.apply
      DynamoDB.UpdateItem
";
    assert_eq!(tree::from_spans(&batch), expected);
    for name in ["projection.handle_event", "projection.order_created"] {
        let links = &find(&batch, name).links;
        assert!(links.iter().any(|link| (link.trace_id, link.span_id) == (trace, root)), "{name}: {links:?}");
    }
    assert_eq!(
        cqrs(find(&batch, "projection.handle_event")),
        ["project", "event_stream", "order-projection", ""]
    );
    let event = find(&batch, "projection.order_created");
    assert_eq!(cqrs(event), ["project", "event_stream", "order-projection", "OrderCreated"]);
    assert_eq!(text(find(&batch, "read_store.apply"), "cqrs.side"), "projection");
    assert_eq!(
        (text(event, "cqrs.aggregate_id"), &event.attributes["cqrs.aggregate_version"]),
        (&*stream, &json!(1))
    );

    let (_, trace, root) = shop.send(get(format!("/queries/orders/{order}"))).await;
    let query = shop.trace(trace, root).await;
    assert_eq!(tree::from_spans(&query), "query.get_order\n  read_store.get\n    DynamoDB.GetItem\n");
    let span = find(&query, "query.get_order");
    assert_eq!((text(span, "cqrs.side"), text(span, "cqrs.aggregate_id")), ("query", &*stream));
    assert_eq!(cqrs(span), ["get", "http", "read_store", ""]);
    assert_eq!(text(find(&query, "read_store.get"), "cqrs.side"), "query");
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callers_trace_continues_and_a_malformed_one_is_ignored() {
    let shop = Shop::open().await;
    let (order, ..) = shop.order().await;
    let path = format!("/commands/orders/{order}/confirm");
    let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let (reply, trace, root) = shop.send(post(&path).header("traceparent", caller)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(trace.to_string(), caller[3..35]);
    let spans = shop.trace(trace, root).await;
    let command = find(&spans, "command.confirm_order");
    assert_eq!(command.parent.expect("a parent").to_string(), caller[36..52]);
    let batch = shop.projection_trace(trace, "order-projection").await;
    assert!(tree::from_spans(&batch).contains("projection.order_confirmed"), "{}", tree::from_spans(&batch));

    // The order is already confirmed. The refusal is an error of the caller, so the function's span has no error.
    let malformed = post(&path).header("traceparent", "00-nonsense").header("x-amzn-trace-id", "Root=?");
    let (reply, trace, root) = shop.send(malformed).await;
    assert_eq!(reply.status, 409, "{}", reply.body);
    let spans = shop.trace(trace, root).await;
    assert_eq!(find(&spans, "command.confirm_order").error, None);
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_have_conventional_attribute_names_and_no_private_values() {
    let shop = Shop::open().await;
    let (order, trace, _) = shop.order().await;
    for path in ["/queries/orders", "/queries/orders/search?q=kettle"] {
        shop.send(get(format!("{path}{}user_id={CUSTOMER}", if path.contains('?') { '&' } else { '?' })))
            .await;
    }
    shop.send(post(format!("/commands/orders/{order}/cancel")).json(&json!({"reason": CUSTOMER}))).await;
    for function in ["order-projection", "history-projection", "search-projection", "analytics-projection"] {
        shop.projection_trace(trace, function).await;
    }
    let mut known = conventions::current();
    known.extend(conventions::OWN.map(ToOwned::to_owned));
    let spans = shop.stack.traces().spans(|_| true);
    assert!(spans.len() > 20, "only {} spans", spans.len());
    for span in spans {
        let is_attempt = text(&span, "rpc.system.name") == "aws-api";
        assert_eq!(text(&span, "cqrs.side").is_empty(), is_attempt, "the side of {span:?}");
        let names = span.attributes.keys().chain(span.resource.keys());
        for name in names {
            assert!(known.contains(name), "{}: {name} is not a current convention", span.name);
        }
        let numbers = ["cqrs.aggregate_version", "http.response.status_code", "server.port"];
        for (name, value) in numbers.iter().filter_map(|name| Some((name, span.attributes.get(*name)?))) {
            assert!(matches!(value, Value::Number(_)), "{}: {name} is {value}", span.name);
        }
        assert!(!format!("{span:?}").contains(CUSTOMER), "{span:?}");
        assert!(!format!("{span:?}").contains("eyJ"), "a token in {span:?}");
    }
    shop.stack.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_health_check_names_no_store() {
    let shop = Shop::open().await;
    let (_, trace, root) = shop.send(get("/health")).await;
    let spans = shop.trace(trace, root).await;
    let span = find(&spans, "query.health");
    assert_eq!(cqrs(span), ["health", "http", "", ""]);
}
