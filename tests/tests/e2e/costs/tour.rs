//! Takes one order through its life on the embedded stack, and counts what each function consumes. The requests and
//! units are those of the functions' spans, the bytes those of their log lines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use e2e::{ApiCall, ApiClient, Aws, Lines, get, post, put};
use es_core::StreamId;
use localstack::{RunningStack, Stack, StackOptions};
use projection::ProjectionFacts;
use projections::registry;
use serde_json::{Value, json};
use stack_telemetry::otlp::{Span, SpanId, TraceId, ids_of_traceparent};

/// The longest wait for a trace. A trace takes far less time.
const PATIENCE: Duration = Duration::from_mins(1);
/// The products of the order.
pub(crate) const PRODUCTS: [(&str, &str); 3] =
    [("kettle", "Enamel kettle"), ("tea-green", "Sencha tea"), ("cup-white", "Porcelain cup")];
/// The operations that take read units. All others take write units.
const READS: [&str; 3] = ["DynamoDB.GetItem", "DynamoDB.Query", "DynamoDB.BatchGetItem"];

/// The verbs of query functions.
const QUERIES: [&str; 3] = ["get-", "list-", "search-"];

/// What one invocation consumes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Requests to DynamoDB.
    pub(crate) requests: usize,
    /// Read units of tables.
    pub(crate) reads: f64,
    /// Write units of tables and indexes.
    pub(crate) writes: f64,
}

/// A command of the order's life.
#[derive(Debug)]
pub(crate) struct Step {
    /// The name of the command function.
    pub(crate) command: &'static str,
    /// What the command function consumes.
    pub(crate) used: Usage,
    /// What each projection of the command's commit consumes, in the order of the registry.
    pub(crate) projections: Vec<(&'static str, Usage)>,
    /// The bytes of the commit's record in the stream.
    pub(crate) record: usize,
}

/// The counts of the tour.
#[derive(Debug)]
pub(crate) struct Tour {
    /// The commands.
    pub(crate) steps: Vec<Step>,
    /// The queries, each with its function's name.
    pub(crate) queries: Vec<(&'static str, Usage)>,
    /// The average bytes of the log lines of one invocation of a command, a projection and a query.
    pub(crate) log_bytes: [f64; 3],
    /// The custom metrics that the functions record: names with their dimensions.
    pub(crate) metrics: usize,
}

struct Shop {
    stack: RunningStack,
    caller: ApiClient,
}

impl Shop {
    /// Sends `call`. Returns the body, the id of its trace, and what the function consumed.
    async fn send(&self, call: ApiCall) -> (Value, TraceId, Usage) {
        let reply = self.caller.send(call).await.expect("an answer");
        assert!((200..300).contains(&reply.status), "{}", reply.body);
        let (trace, root) = ids_of_traceparent(reply.header("traceparent")).expect("a traceparent");
        (reply.body, trace, consumed(&self.trace(trace, root).await))
    }

    /// Waits until `root`, the last span to end, has arrived, and returns all spans of `trace`.
    async fn trace(&self, trace: TraceId, root: SpanId) -> Vec<Arc<Span>> {
        let whole = |spans: &Vec<Arc<Span>>| spans.iter().any(|span| span.span_id == root);
        let found = self.stack.traces().wait_for(PATIENCE, |store| Some(store.trace(trace)).filter(whole));
        found.await.unwrap_or_else(|| panic!("trace {trace} has no span {root}"))
    }

    /// Waits until the projection `name` has handled the events of `trace`, and returns what it consumed.
    async fn projected(&self, trace: TraceId, name: &str) -> Usage {
        let of_function =
            |span: &Arc<Span>| span.parent.is_none() && span.text("cqrs.destination") == Some(name);
        let found = self.stack.traces().wait_for(PATIENCE, |store| {
            store.linked_to(trace).into_iter().find(|spans| spans.iter().any(of_function))
        });
        consumed(&found.await.unwrap_or_else(|| panic!("{name} has no trace that is linked to {trace}")))
    }
}

/// What the spans of an invocation report, without the reads of the switch of the generations. An instance reads the switch
/// only now and then.
fn consumed(spans: &[Arc<Span>]) -> Usage {
    let reads_switch = |span: &Arc<Span>| span.text("db.collection.name") == Some("OperationsTable");
    let switch_reads: Vec<SpanId> =
        spans.iter().filter(|span| reads_switch(span)).map(|span| span.span_id).collect();
    let mut usage = Usage::default();
    for span in spans {
        let is_of_switch = |id: &SpanId| switch_reads.contains(id);
        if is_of_switch(&span.span_id) || span.parent.as_ref().is_some_and(is_of_switch) {
            continue;
        }
        usage.requests += usize::from(span.name.starts_with("DynamoDB."));
        let capacities = span.attributes.get("aws.dynamodb.consumed_capacity").and_then(Value::as_array);
        for capacity in capacities.into_iter().flatten() {
            let capacity: Value =
                serde_json::from_str(capacity.as_str().expect("a text")).expect("capacity in JSON");
            let units = capacity["CapacityUnits"].as_f64().expect("units");
            let request = spans.iter().find(|child| child.parent == Some(span.span_id));
            if READS.contains(&request.expect("a request of the port").name.as_str()) {
                usage.reads += units;
            } else {
                usage.writes += units;
            }
        }
    }
    usage
}

/// Runs the tour on a new stack.
pub(crate) async fn run() -> Tour {
    let stack = Stack::start(StackOptions::default()).await.expect("a stack");
    let lines = Lines::of_stack(&stack);
    let token = stack.token("operator", "orders:admin").expect("a token");
    let caller = ApiClient::new(stack.base_url()).expect("a client").with(token);
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("AWS clients");
    let shop = Shop { stack, caller };
    for (id, name) in PRODUCTS {
        let product = json!({"name": name, "unit_price_cents": 1_250});
        shop.send(put(format!("/commands/products/{id}")).json(&product)).await;
    }
    let (order, steps) = live(&shop, &aws).await;
    let queries = ask(&shop, &order).await;
    shop.stack.shutdown().await;
    let (log_bytes, metrics) = logged(&lines.all());
    Tour { steps, queries, log_bytes, metrics }
}

/// Creates, confirms, ships and delivers an order, one command after the other has been projected. Returns the order's
/// id.
async fn live(shop: &Shop, aws: &Aws) -> (String, Vec<Step>) {
    let facts: Vec<ProjectionFacts> = registry::all();
    let items = PRODUCTS.map(|(id, _)| json!({"product_id": id, "quantity": 2}));
    let create = post("/commands/orders").json(&json!({"user_id": "ada", "items": items}));
    let (created, trace, used) = shop.send(create).await;
    let order = created["order_id"].as_str().expect("an id").to_owned();
    let parcel = json!({"tracking_number": "1Z999AA10123456784", "carrier": "UPS"});
    let stream: StreamId = format!("order-{order}").parse().expect("a stream");
    let mut steps = Vec::new();
    let mut sent = (trace, used);
    for (index, command) in
        ["create-order", "confirm-order", "ship-order", "deliver-order"].iter().enumerate()
    {
        let (verb, _) = command.split_once('-').expect("a verb");
        let path = format!("/commands/orders/{order}/{verb}");
        match *command {
            "create-order" => {}
            "ship-order" => sent = without_body(shop.send(post(path).json(&parcel)).await),
            _ => sent = without_body(shop.send(post(path)).await),
        }
        let mut projections = Vec::new();
        for facts in facts.iter().filter(|facts| facts.category == *stream.category()) {
            projections.push((facts.name, shop.projected(sent.0, facts.name).await));
        }
        let record = aws.changes(&stream.to_string()).await.expect("changes")[index].to_string().len();
        steps.push(Step { command, used: sent.1, projections, record });
    }
    (order, steps)
}

fn without_body((_, trace, used): (Value, TraceId, Usage)) -> (TraceId, Usage) {
    (trace, used)
}

/// Sends one request to each query function that reads a view.
async fn ask(shop: &Shop, order: &str) -> Vec<(&'static str, Usage)> {
    let (view, _, _) = shop.send(get(format!("/queries/orders/{order}"))).await;
    let day = &view["created_at"].as_str().expect("a time")[..10];
    let mut queries = Vec::new();
    for (function, path) in [
        ("get-order", format!("/queries/orders/{order}")),
        ("list-orders", String::from("/queries/orders?user_id=ada")),
        ("search-orders", String::from("/queries/orders/search?q=enamel%20kettle")),
        ("get-order-history", format!("/queries/orders/{order}/events")),
        ("get-product", String::from("/queries/products/kettle")),
        ("list-products", String::from("/queries/products")),
        ("get-analytics", format!("/queries/analytics/daily?from={day}&to={day}")),
    ] {
        queries.push((function, shop.send(get(path)).await.2));
    }
    queries
}

/// The average bytes of the lines of one invocation, by kind of function, and the number of custom metrics.
fn logged(lines: &[String]) -> ([f64; 3], usize) {
    let mut metrics = BTreeSet::new();
    let (mut bytes, mut invocations) = ([0.0; 3], [0.0; 3]);
    for line in lines {
        let Some((_, text)) = line.split_once(" | ") else { continue };
        let Ok(fields) = serde_json::from_str::<BTreeMap<String, Value>>(text) else { continue };
        let directives = fields.get("_aws").and_then(|aws| aws["CloudWatchMetrics"].as_array().cloned());
        let (Some(directives), Some(operation)) = (directives, fields["operation"].as_str()) else {
            continue;
        };
        let kind = match operation {
            "rebuild" | "reconcile" | "redrive" => continue,
            _ if operation.ends_with("-projection") => 1,
            _ if QUERIES.iter().any(|verb| operation.starts_with(verb)) => 2,
            _ => 0,
        };
        bytes[kind] += text.len() as f64;
        invocations[kind] += 1.0;
        for directive in directives {
            for (metric, dimensions) in pairs(&directive) {
                let values = dimensions.iter().map(|name| fields[name].to_string()).collect::<Vec<_>>();
                metrics.insert((metric, values));
            }
        }
    }
    let average = std::array::from_fn(|kind| bytes[kind] / f64::max(1.0, invocations[kind]));
    (average, metrics.len())
}

/// Each metric of a directive of the embedded metric format, with each of its sets of dimensions.
fn pairs(directive: &Value) -> Vec<(String, Vec<String>)> {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let sets: Vec<Vec<String>> =
        directive["Dimensions"].as_array().into_iter().flatten().map(texts).collect();
    let metrics = directive["Metrics"].as_array().into_iter().flatten();
    metrics
        .flat_map(|metric| {
            let name = metric["Name"].as_str().unwrap_or_default().to_owned();
            sets.iter().map(move |set| (name.clone(), set.clone()))
        })
        .collect()
}
