//! What the real functions export, handed on by the collector as it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use e2e::{Caller, get, post};
use localstack::stack::TelemetryOptions;
use localstack::{Stack, StackOptions};
use serde_json::{Value, json};
use stack_telemetry::otlp::{Backend as Forward, Span, TraceStore};

use crate::backend::{Backend, Taken, segments};
use crate::collector::Collector;

const PATIENCE: Duration = Duration::from_secs(20);

/// The traces of an order that was created and looked at, after everything has been handed on to `collector`.
async fn traces(collector: &Collector) -> TraceStore {
    let url = collector.url.parse().expect("a URL");
    let telemetry =
        TelemetryOptions { forward: Some(Forward { url, headers: BTreeMap::new() }), ..Default::default() };
    let parameters = [("PriceSource".to_owned(), "command".to_owned())].into();
    let options = StackOptions { telemetry: Some(telemetry), parameters, ..StackOptions::default() };
    let stack = Stack::start(options).await.expect("a stack");
    let token = stack.token("customer", "orders:read orders:write").expect("a token");
    let caller = Caller::new(stack.base_url()).expect("a client").with(token);
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let created = caller.send(post("/commands/orders").json(&json!({ "items": items }))).await;
    let order = created.expect("an answer").body["order_id"].as_str().expect("an id").to_owned();
    let view = get(format!("/queries/orders/{order}?min_version=1")).header("prefer", "wait=20");
    assert_eq!(caller.send(view).await.expect("an answer").status, 200);
    let traces = stack.traces().clone();
    traces.wait_for(PATIENCE, projection).await.expect("the projection's spans");
    traces.wait_for(PATIENCE, |store| named(store, "query.get-order")).await.expect("the query's spans");
    stack.shutdown().await;
    traces
}

fn named(store: &TraceStore, name: &str) -> Option<Span> {
    store.spans(|span| span.name == name).first().map(|span| Span::clone(span))
}

/// The projection of the order's creation, and the command that it is linked to.
fn projection(store: &TraceStore) -> Option<(Span, Span)> {
    let command = named(store, "command.create-order")?;
    let leads_there = |span: &Span| span.links.iter().any(|link| link.span_id == command.span_id);
    let projection = store.spans(|span| span.service().contains("OrderProjection") && leads_there(span));
    projection.first().map(|projection| (Span::clone(projection), command))
}

/// Trace and span of everything that the stack's own receiver has.
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
    let requests: Vec<_> = backend.taken().iter().map(Taken::request).collect();
    let scopes = requests.iter().flat_map(|request| &request.resource_spans).flat_map(|one| &one.scope_spans);
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let spans = scopes.flat_map(|scope| &scope.spans);
    let handed_on: BTreeSet<_> = spans.map(|span| (hex(&span.trace_id), hex(&span.span_id))).collect();
    assert_eq!(handed_on, ids(&store));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the collector: tests/collector/check"]
async fn x_ray_links_the_projection_to_the_command() {
    let xray = Backend::start(200).await;
    let collector = Collector::to_xray(&xray).await;
    let store = traces(&collector).await;
    let segments = segments(&xray.taken());
    let by_id: BTreeMap<_, _> =
        segments.iter().map(|one| (one["id"].as_str().expect("an id"), one)).collect();
    for (trace, span) in ids(&store) {
        let segment = by_id.get(span.as_str()).unwrap_or_else(|| panic!("X-Ray does not have {span}"));
        assert_eq!(segment["trace_id"], format!("1-{}-{}", &trace[..8], &trace[8..]));
    }
    let (projection, command) = projection(&store).expect("both");
    let order = by_id[&*command.span_id.to_string()]["annotations"]["cqrs.aggregate_id"].clone();
    assert!(order.as_str().is_some_and(|id| id.starts_with("order-")), "{order}");
    let links = by_id[&*projection.span_id.to_string()]["links"].as_array().expect("links");
    let origins: Vec<&Value> = links.iter().map(|link| &link["id"]).collect();
    assert!(origins.contains(&&json!(command.span_id.to_string())), "{links:?}");
}
