//! Tests the collector with the spans of real functions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use e2e::{ApiClient, get, post, until_fresh};
use localstack::stack::TelemetryOptions;
use localstack::{Stack, StackOptions};
use serde_json::{Value, json};
use stack_telemetry::otlp::{Backend as Forward, Span, TraceStore};

use crate::collector::backend::{Backend, ReceivedRequest, segments};
use crate::collector::process::Collector;

/// The longest wait for a span.
const PATIENCE: Duration = Duration::from_secs(20);

/// Creates an order and reads its view, on a stack that forwards its spans to `collector`. Returns the traces that the
/// stack has received and forwarded before its end.
async fn traces(collector: &Collector) -> TraceStore {
    let url = collector.url.parse().expect("a URL");
    let telemetry =
        TelemetryOptions { forward: Some(Forward { url, headers: BTreeMap::new() }), ..Default::default() };
    let parameters = [("PriceSource".to_owned(), "command".to_owned())].into();
    let options = StackOptions { telemetry: Some(telemetry), parameters, ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    let caller = ApiClient::new(stack.base_url()).expect("a client").with(token);
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let created = caller.send(post("/commands/orders").json(&json!({ "items": items }))).await;
    let order = created.expect("an answer").body["order_id"].as_str().expect("an id").to_owned();
    let view = get(format!("/queries/orders/{order}?min_version=1")).header("prefer", "wait=20");
    let view = until_fresh(view, async |call| caller.send(call).await.expect("an answer")).await;
    assert_eq!(view.status, 200);
    let traces = stack.traces().clone();
    traces.wait_for(PATIENCE, projection).await.expect("the projection's spans");
    traces.wait_for(PATIENCE, |store| named(store, "query.get_order")).await.expect("the query's spans");
    stack.shutdown().await;
    traces
}

fn named(store: &TraceStore, name: &str) -> Option<Span> {
    store.spans(|span| span.name == name).first().map(|span| Span::clone(span))
}

/// The span of the projection that handled the order's creation, and the span of the command that it links to.
fn projection(store: &TraceStore) -> Option<(Span, Span)> {
    let command = named(store, "command.create_order")?;
    let is_linked = |span: &Span| span.links.iter().any(|link| link.span_id == command.span_id);
    let projection = store.spans(|span| span.service().contains("OrderProjection") && is_linked(span));
    projection.first().map(|projection| (Span::clone(projection), command))
}

/// The trace id and the span id of every span that the stack has received.
fn ids(store: &TraceStore) -> BTreeSet<(String, String)> {
    let spans = store.spans(|_| true);
    spans.iter().map(|span| (span.trace_id.to_string(), span.span_id.to_string())).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the collector: tests/collector/check"]
async fn an_otlp_backend_receives_every_span_of_an_order() {
    let backend = Backend::start(200).await;
    let collector = Collector::to_otlp("otlphttp", &backend, "{}").await;
    let store = traces(&collector).await;
    let requests: Vec<_> = backend.received().iter().map(ReceivedRequest::decoded).collect();
    let scopes = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|one| &one.scope_spans);
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let spans = scopes.flat_map(|scope| &scope.spans);
    let forwarded: BTreeSet<_> = spans.map(|span| (hex(&span.trace_id), hex(&span.span_id))).collect();
    assert_eq!(forwarded, ids(&store));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the collector: tests/collector/check"]
async fn x_ray_links_the_projection_to_the_command() {
    let xray = Backend::start(200).await;
    let collector = Collector::to_xray(&xray).await;
    let store = traces(&collector).await;
    let segments = segments(&xray.received());
    let by_id: BTreeMap<_, _> =
        segments.iter().map(|one| (one["id"].as_str().expect("an id"), one)).collect();
    for (trace, span) in ids(&store) {
        let segment = by_id.get(span.as_str()).unwrap_or_else(|| panic!("X-Ray does not have {span}"));
        assert_eq!(segment["trace_id"], format!("1-{}-{}", &trace[..8], &trace[8..]));
    }
    let (projection, command) = projection(&store).expect("the spans of the projection and the command");
    let order = by_id[&*command.span_id.to_string()]["annotations"]["cqrs.aggregate_id"].clone();
    assert!(order.as_str().is_some_and(|id| id.starts_with("order-")), "{order}");
    let links = by_id[&*projection.span_id.to_string()]["links"].as_array().expect("links");
    let origins: Vec<&Value> = links.iter().map(|link| &link["id"]).collect();
    assert!(origins.contains(&&json!(command.span_id.to_string())), "{links:?}");
}
