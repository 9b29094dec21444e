//! The tour: every use case once, including the unusual ones.

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::{ApiCall, ApiClient, ApiResponse, Aws, Operator, delete, get, post, put, until_fresh};
use es_core::{StreamId, StreamVersion};
use localstack::RunningStack;
use projection::ProjectionFacts;
use projections::registry;
use reqwest::Method;
use serde_json::json;
use view_store::ItemKey;

/// Starts one instance of every HTTP function with an invalid request.
pub(crate) async fn start_cold(stack: &RunningStack) {
    let caller = caller(stack);
    for route in &stack.template().routes {
        let path = route.path.replace("{id}", "no-order");
        let call = match route.method.as_str() {
            "GET" => get(format!("{path}?nothing=1")),
            "HEAD" => ApiCall::new(Method::HEAD, format!("{path}?nothing=1")),
            "PUT" => put(path).raw("{"),
            "DELETE" => delete(path).raw("{"),
            _ => post(path).raw("{"),
        };
        let reply = send(&caller, call).await;
        assert!([400, 404].contains(&reply.status), "{}: {}", route.path, reply.body);
    }
}

/// Takes an order through all commands and queries, makes every projection heal a gap, sends an unreadable record, and runs
/// the tasks of the operators.
pub(crate) async fn all_use_cases(stack: &RunningStack) {
    let caller = caller(stack);
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("AWS clients");
    let order = deliver_an_order(&caller).await;
    let opened_at = search_and_count(&caller, &order).await;
    e2e::carry_out_samples(stack).await.expect("a successful sample of each function");
    heal_every_projection(&aws).await;
    wait_for(&caller, &order, 4).await;
    heal_publisher(stack, &aws, &format!("order-{order}")).await;
    poison(&aws).await;
    list(&caller).await;
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    e2e::deliver_samples(stack, &operator).await.expect("a reaction to each sample");
    miss_in_green(&caller, &operator).await;
    super::operators::all_tasks(stack, &aws, &order, &opened_at).await;
}

/// Delivers an order, cuts over, and sends every query to the generation that is live then.
pub(crate) async fn across_a_cut_over(stack: &RunningStack) {
    let caller = caller(stack);
    let order = deliver_an_order(&caller).await;
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    super::operators::cut_over(&operator, &order).await;
    wait_for(&caller, &order, 4).await;
    list(&caller).await;
    let history = format!("/queries/orders/{order}/events?limit=1");
    let page = send(&caller, get(&history)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let next = format!("{history}&cursor={}", page.body["next_cursor"].as_str().expect("a cursor"));
    for path in ["/queries/products/kettle", &next, "/queries/orders/search?q=kettle"] {
        assert_eq!(send(&caller, get(path)).await.status, 200, "{path}");
    }
    search_and_count(&caller, &order).await;
}

/// Registers products, takes an order through all commands until it is delivered, and cancels another one. Returns the
/// delivered order.
async fn deliver_an_order(caller: &ApiClient) -> String {
    let kettle = json!({"name": "Kettle", "unit_price_cents": 5990});
    for product in ["kettle", "jug"] {
        send(caller, put(format!("/commands/products/{product}")).json(&kettle)).await;
    }
    send(caller, delete("/commands/products/jug")).await;
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = post("/commands/orders").json(&json!({"user_id": "tourist", "items": items}));
    let created = send(caller, create.clone()).await;
    let order = created.body["order_id"].as_str().expect("an id");
    send(caller, post(format!("/commands/orders/{order}/confirm"))).await;
    let parcel = json!({"tracking_number": "1Z999AA10123456784", "carrier": "UPS"});
    send(caller, post(format!("/commands/orders/{order}/ship")).json(&parcel)).await;
    send(caller, post(format!("/commands/orders/{order}/deliver"))).await;
    let another = json!({"operation": "create", "user_id": "tourist", "items": items});
    let batch = json!({"commands": [another, {"operation": "confirm", "order_id": order}]});
    send(caller, post("/commands/orders:batch").json(&batch)).await;
    let other = send(caller, create).await;
    let other = other.body["order_id"].as_str().expect("an id");
    send(caller, post(format!("/commands/orders/{other}/cancel"))).await;
    wait_for(caller, order, 4).await;
    order.to_owned()
}

/// Lists products and orders.
async fn list(caller: &ApiClient) {
    assert_eq!(send(caller, get("/queries/products")).await.status, 200);
    for query in ["user_id=tourist", "status=delivered", ""] {
        assert_eq!(send(caller, get(format!("/queries/orders?{query}"))).await.status, 200);
    }
}

/// Makes every projection miss a stream in the generation green, and waits until all have counted it.
async fn miss_in_green(caller: &ApiClient, operator: &Operator) {
    let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
    let create = post("/commands/orders").json(&json!({"user_id": "tourist", "items": items}));
    let created = send(caller, create).await;
    let order = created.body["order_id"].as_str().expect("an id");
    wait_for(caller, order, 1).await;
    let progress = async || operator.invoke("rebuild", &json!({"task": "progress"})).await.expect("a report");
    let before = progress().await["missed"]["green"].as_u64().expect("a count");
    let all: Vec<ProjectionFacts> = registry::all();
    let product: StreamId = operator
        .aws()
        .streams()
        .await
        .expect("streams")
        .into_iter()
        .find(|(stream, _)| stream.starts_with("product-"))
        .and_then(|(stream, _)| stream.parse().ok())
        .expect("a product");
    let order: StreamId = format!("order-{order}").parse().expect("a stream");
    let set_timelines = async |event_table: &str| {
        for facts in &all {
            let stream = if facts.category == *order.category() { &order } else { &product };
            let commits = operator.aws().changes(&stream.to_string()).await.expect("changes").len() as u64;
            let ItemKey { pk, sk } = (facts.checkpoint)(stream).key_at(StreamVersion::new(commits));
            operator.set_timeline("green", &pk, &sk, event_table).await.expect("set");
        }
    };
    set_timelines("another event table").await;
    for stream in [&order, &product] {
        let changes = operator.aws().changes(&stream.to_string()).await.expect("changes");
        operator.aws().put(changes[changes.len() - 1].to_string().as_bytes()).await.expect("put");
    }
    for _ in 0..200 {
        if progress().await["missed"]["green"].as_u64() >= Some(before + all.len() as u64) {
            set_timelines(testing::kinesis::EVENT_TABLE).await;
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not every projection has counted a missed stream");
}

/// Finds the delivered `order` by its words and in the counters of its day. Returns the order's creation time.
async fn search_and_count(caller: &ApiClient, order: &str) -> String {
    let view = send(caller, get(format!("/queries/orders/{order}"))).await.body;
    let opened_at = view["created_at"].as_str().expect("a time");
    for query in ["q=kettle", "q=kettle&user_id=tourist", "q=1Z999AA10123456784", "q=delivered"] {
        wait_until(caller, &format!("/queries/orders/search?{query}"), order).await;
    }
    let day = &opened_at[..10];
    let days = format!("from={day}&to={day}");
    wait_until(caller, &format!("/queries/analytics/daily?{days}"), "delivered").await;
    wait_until(caller, &format!("/queries/analytics/products?{days}"), "kettle").await;
    opened_at.to_owned()
}

/// Repeats the query `path` until the response contains `wanted`.
async fn wait_until(caller: &ApiClient, path: &str, wanted: &str) {
    for _ in 0..200 {
        let reply = send(caller, get(path)).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        if reply.body.to_string().contains(wanted) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the response to {path} does not contain {wanted}");
}

/// Makes every projection heal a gap. Deletes the projection's checkpoint of the longest stream of its category, sends
/// only the stream's last commit again, and waits until the projection has read the earlier commits and written the
/// checkpoint.
async fn heal_every_projection(aws: &Aws) {
    let streams = aws.streams().await.expect("streams");
    let streams: Vec<(StreamId, usize)> =
        streams.iter().map(|(stream, commits)| (stream.parse().expect("a stream"), commits.len())).collect();
    for facts in registry::all::<ProjectionFacts>() {
        let of_category = streams.iter().filter(|(stream, _)| *stream.category() == facts.category);
        let (stream, commits) = of_category.max_by_key(|(_, commits)| commits).expect("a stream");
        let (name, category) = (facts.name, facts.category.as_str());
        assert!(*commits > 1, "{name}: no sample in events/ makes a second commit of a {category}; add one");
        let checkpoint = (facts.checkpoint)(stream);
        let key_at = |commit: usize| checkpoint.key_at(StreamVersion::new(commit as u64));
        let key = key_at(*commits);
        wait_for_item(aws, &key).await;
        for ItemKey { pk, sk } in (1..=*commits).map(key_at).collect::<BTreeSet<_>>() {
            aws.delete_query_item(&pk, &sk).await.expect("deleted");
        }
        let changes = aws.changes(&stream.to_string()).await.expect("changes");
        aws.put(changes[commits - 1].to_string().as_bytes()).await.expect("put");
        wait_for_item(aws, &key).await;
    }
}

/// Makes the publisher heal a gap: deletes the checkpoint of `stream`, sends only its last commit again, and waits until the
/// checkpoint is back.
async fn heal_publisher(stack: &RunningStack, aws: &Aws, stream: &str) {
    let operator = Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator");
    let changes = aws.changes(stream).await.expect("changes");
    wait_for_publication(&operator, stream).await;
    operator.forget_publication(stream).await.expect("deleted");
    aws.put(changes[changes.len() - 1].to_string().as_bytes()).await.expect("put");
    wait_for_publication(&operator, stream).await;
}

async fn wait_for_publication(operator: &Operator, stream: &str) {
    for _ in 0..200 {
        if operator.published(stream).await.expect("an answer") > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{stream} is not published");
}

async fn wait_for_item(aws: &Aws, key: &ItemKey) {
    for _ in 0..200 {
        if aws.has_query_item(&key.pk, &key.sk).await.expect("an answer") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{key:?} is not written");
}

/// Sends an unreadable record of each category, and waits until every projection has sent one to the dead-letter queue.
async fn poison(aws: &Aws) {
    let facts = registry::all::<ProjectionFacts>();
    let mut projections: BTreeSet<_> = facts.iter().map(|facts| facts.name).collect();
    projections.extend(reactions::registry::NAMES);
    let categories: BTreeSet<_> = facts.iter().map(|facts| facts.category.as_str()).collect();
    for category in categories {
        let keys = json!({"pk": {"S": format!("{category}-poison")}});
        aws.put(json!({"dynamodb": {"Keys": keys}}).to_string().as_bytes()).await.expect("put");
    }
    for _ in 0..60 {
        for letter in aws.dead_letters().await.expect("letters") {
            projections.remove(letter["function"].as_str().expect("a function"));
        }
        if projections.is_empty() {
            return;
        }
    }
    panic!("{projections:?} did not send the record to the dead-letter queue");
}

async fn wait_for(caller: &ApiClient, order: &str, version: u64) {
    let call = get(format!("/queries/orders/{order}?min_version={version}")).header("prefer", "wait=20");
    let reply = until_fresh(call, async |call| send(caller, call).await).await;
    assert_eq!(reply.body["version"].as_u64(), Some(version), "{}", reply.body);
}

/// The operator of the shop, who may do everything.
fn caller(stack: &RunningStack) -> ApiClient {
    let token = stack.token("operator", "orders:admin").expect("a token");
    ApiClient::new(stack.base_url()).expect("a client").with(token)
}

async fn send(caller: &ApiClient, call: e2e::ApiCall) -> ApiResponse {
    caller.send(call).await.expect("an answer")
}
