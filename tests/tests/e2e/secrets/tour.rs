//! The tour: every use case with markers in all fields that a caller can fill, and every kind of failure.

use std::time::Duration;

use aws_sdk_dynamodb::Client as DynamoDb;
use e2e::{ApiCall, ApiClient, Aws, Sample, delete, get, post, put, until_fresh};
use localstack::RunningStack;
use serde_json::{Value, json};
use stack_base::account;

use crate::secrets::markers::{
    CARRIER, CORRELATION, CREDENTIALS, CURSOR, HEADER, KEY, NAME, NUMBER, PARAMETER, PREFERENCE, PRODUCT,
    PRODUCT_NAME, REASON, SECRETS, STATE, STORED, TAG, TRACE, TRACKING, USER, VALUE,
};

/// The status and the body of a response.
pub(crate) type StatusAndBody = (u16, String);

/// The callers of one stack, with their tokens, the cursors that they received, and all responses.
pub(crate) struct Tour {
    customer: ApiClient,
    clerk: ApiClient,
    operator: ApiClient,
    tokens: Vec<String>,
    cursors: Vec<String>,
    answers: Vec<StatusAndBody>,
}

impl Tour {
    pub(crate) fn new(stack: &RunningStack) -> Self {
        let token = |subject: &str, scope: &str| stack.token(subject, scope).expect("a token");
        let tokens = vec![
            token(USER, "orders:read orders:write"),
            token("operator", "orders:admin"),
            token("clerk", "orders:fulfil"),
        ];
        let caller = ApiClient::new(stack.base_url()).expect("a client");
        let [customer, operator, clerk] = [0, 1, 2].map(|index| caller.with(&tokens[index]));
        Self { customer, clerk, operator, tokens, cursors: Vec::new(), answers: Vec::new() }
    }

    /// Every text that must not appear: markers, tokens and cursors.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let constant = SECRETS.into_iter().map(str::to_owned);
        constant.chain(self.tokens.clone()).chain(self.cursors.clone()).collect()
    }

    /// Runs every use case and every failure, and returns all responses.
    pub(crate) async fn run_all(&mut self, stack: &RunningStack) -> Vec<StatusAndBody> {
        let order = self.life().await;
        self.queries(&order).await;
        self.refusals(&order).await;
        self.samples(stack).await;
        poison(stack).await;
        without_tables(stack).await;
        self.queries(&order).await;
        self.customer(post(format!("/commands/orders/{order}/deliver"))).await;
        self.operator(put(format!("/commands/products/{PRODUCT}")).json(&offer())).await;
        std::mem::take(&mut self.answers)
    }

    /// Sends commands to a stack whose tables throttle every write, and returns all responses.
    pub(crate) async fn throttled(mut self) -> Vec<StatusAndBody> {
        let items = json!([{"product_id": PRODUCT, "quantity": 1, "unit_price_cents": 1}]);
        self.customer(post("/commands/orders").json(&json!({"user_id": USER, "items": items}))).await;
        self.operator(put(format!("/commands/products/{PRODUCT}")).json(&offer())).await;
        self.answers
    }

    /// Sends `call` as the customer, or as the clerk if only the staff may send it.
    async fn customer(&mut self, call: ApiCall) -> Value {
        let is_fulfilment = ["/confirm", "/ship", "/deliver"].iter().any(|end| call.path().ends_with(end));
        let caller = if is_fulfilment { self.clerk.clone() } else { self.customer.clone() };
        self.send(&caller, call).await
    }

    async fn operator(&mut self, call: ApiCall) -> Value {
        let caller = self.operator.clone();
        self.send(&caller, call).await
    }

    async fn send(&mut self, caller: &ApiClient, call: ApiCall) -> Value {
        let call = call
            .header("x-correlation-id", CORRELATION)
            .header("x-amzn-trace-id", format!("{TRACE}={TRACE};Self={TRACE}"))
            .header("tracestate", format!("zq={STATE}"))
            .header("x-secret", HEADER)
            .header("user-agent", HEADER)
            .header("cookie", format!("session={HEADER}"));
        let reply = caller.send(call).await.expect("an answer");
        self.answers.push((reply.status, reply.body.to_string()));
        reply.body
    }

    /// Creates, confirms and ships an order, cancels two others in batches, and repeats some requests. Returns the id
    /// of the first order.
    async fn life(&mut self) -> String {
        self.operator(put(format!("/commands/products/{PRODUCT}")).json(&offer())).await;
        let create = || post("/commands/orders").json(&order_of(1)).header("idempotency-key", KEY);
        let created = self.customer(create()).await;
        self.customer(create()).await;
        let order = created["order_id"].as_str().expect("an id").to_owned();
        let parcel = json!({"tracking_number": TRACKING, "carrier": CARRIER});
        self.customer(post(format!("/commands/orders/{order}/confirm"))).await;
        self.customer(post(format!("/commands/orders/{order}/ship")).json(&parcel)).await;
        for _ in 0..2 {
            let another = self.customer(post("/commands/orders").json(&order_of(1))).await;
            let another = another["order_id"].as_str().expect("an id").to_owned();
            let cancel =
                json!({"operation": "cancel", "order_id": another, "reason": REASON, "idempotency_key": KEY});
            let batch = json!({"commands": [cancel, {"operation": VALUE}, VALUE, {"operation": "ship", "order_id": VALUE, "tracking_number": VALUE, "carrier": VALUE}]});
            self.customer(post("/commands/orders:batch").json(&batch).header("idempotency-key", KEY)).await;
        }
        let shipped = get(format!("/queries/orders/{order}?min_version=3")).header("prefer", "wait=20");
        let customer = self.customer.clone();
        until_fresh(shipped, async |call| customer.send(call).await.expect("an answer")).await;
        order
    }

    async fn queries(&mut self, order: &str) {
        let search = format!("/queries/orders/search?q={TRACKING}%20{CARRIER}&user_id={USER}");
        for path in [
            format!("/queries/orders/{order}"),
            format!("/queries/orders/{order}/events"),
            format!("/queries/products/{PRODUCT}"),
            "/queries/products".to_owned(),
            format!("/queries/orders?user_id={USER}&limit=1"),
            search,
        ] {
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            let query = get(path.clone()).header("traceparent", parent);
            let query = query.header("if-none-match", format!("\"{TAG}\""));
            let body = self.customer(query.header("prefer", format!("{PREFERENCE}={PREFERENCE}"))).await;
            if let Some(cursor) = body["next_cursor"].as_str().map(str::to_owned) {
                let joint = if path.contains('?') { '&' } else { '?' };
                self.customer(get(format!("{path}{joint}cursor={cursor}"))).await;
                self.cursors.push(cursor);
            }
        }
        self.operator(get("/queries/analytics/daily?from=2026-01-01&to=2026-01-31")).await;
    }

    /// Sends every sample of every function, with a marker in place of each text in the body and of each parameter's
    /// value.
    async fn samples(&mut self, stack: &RunningStack) {
        for mut sample in Sample::all(stack.template()).expect("samples") {
            if let Some(mut body) = sample.body.and_then(|body| serde_json::from_slice(&body).ok()) {
                mark(&mut body);
                sample.body = Some(body.to_string().into_bytes());
            } else {
                sample.body = None;
            }
            if let Some((path, query)) = sample.path.split_once('?') {
                let parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
                let marked: Vec<_> = parameters.map(|(name, _)| format!("{name}={PARAMETER}")).collect();
                sample.path = format!("{path}?{}", marked.join("&"));
            }
            let (caller, call) = sample.call(stack).expect("a call");
            self.send(&caller, call).await;
        }
    }

    /// Sends requests with every kind of error. The invalid values are markers.
    async fn refusals(&mut self, order: &str) {
        let create = || post("/commands/orders");
        let ship = || post(format!("/commands/orders/{order}/ship"));
        let orders = |query: &str| get(format!("/queries/orders?{query}"));
        for call in [
            create().raw(VALUE),
            create().raw(format!(r#"{{"items":"{VALUE}"}}"#)),
            create().raw(format!(r#"{{"items":[{{"product_id":"{PRODUCT}","quantity":"{VALUE}"}}]}}"#)),
            create().json(&json!({"items": [{"product_id": VALUE, "quantity": 1}]})),
            create().json(&json!({"items": [], "currency": VALUE, "user_id": USER})),
            create().json(&json!({"items": [{"product_id": PRODUCT, "quantity": 1}], "user_id": VALUE})),
            create().json(&json!({"items": [], NAME: VALUE})),
            create().json(&order_of(2)).header("idempotency-key", KEY),
            create().json(&order_of(1)).header("idempotency-key", format!("{HEADER} {HEADER}")),
            create().raw("x".repeat(300 * 1024)),
            ship().json(&json!({"tracking_number": format!("{VALUE} "), "carrier": CARRIER})),
            ship().json(&json!({"tracking_number": TRACKING, "carrier": VALUE})),
            ship().json(&json!({"tracking_number": TRACKING, "carrier": CARRIER})),
            post(format!("/commands/orders/{order}/cancel")).json(&json!({"reason": [REASON]})),
            post(format!("/commands/orders/{order}/cancel")).json(&json!({"reason": format!("{REASON}\0")})),
            post(format!("/commands/orders/{order}/deliver")).header("if-match", HEADER),
            post(format!("/commands/orders/{order}/deliver")).header("if-match", "\"99\""),
            create().json(&json!({"items": [{"product_id": PRODUCT, "quantity": number()}]})),
            create().json(&json!({"user_id": number(), "items": []})),
            post(format!("/commands/orders/{order}/deliver")).header("if-match", format!("\"{NUMBER}\"")),
            get(format!("/queries/orders/{order}")).header("if-none-match", TAG),
            get(format!("/queries/orders/{order}")).header("prefer", format!("wait={PREFERENCE}")),
            get(format!("/queries/orders/{order}?min_version={NUMBER}")),
            orders(&format!("limit={NUMBER}")),
            orders(&format!("limit=-{NUMBER}")),
            orders(&format!("from={NUMBER}")),
            orders(&format!("cursor={CURSOR}")),
            orders(&format!("status={PARAMETER}&limit={PARAMETER}")),
            orders(&format!("from={PARAMETER}")),
            orders(&format!("{NAME}={PARAMETER}")),
            orders(&format!("user_id={PARAMETER}")),
            get(format!("/queries/orders/search?q={}", format!("{PARAMETER}%20").repeat(20))),
            get("/queries/orders/00000000-0000-4000-8000-000000000000").header("traceparent", HEADER),
        ] {
            self.customer(call).await;
        }
        let offers = [
            json!({"name": format!("{PRODUCT_NAME}\0"), "unit_price_cents": 100}),
            json!({"name": [PRODUCT_NAME], "unit_price_cents": 100}),
            json!({"name": PRODUCT_NAME, "unit_price_cents": PRODUCT_NAME}),
            json!({"name": PRODUCT_NAME, "unit_price_cents": -number()}),
            json!({"name": PRODUCT_NAME, "unit_price_cents": 100, "currency": PRODUCT_NAME}),
            json!({"name": PRODUCT_NAME.repeat(100), "unit_price_cents": 100}),
        ];
        for offer in offers {
            self.operator(put(format!("/commands/products/{PRODUCT}")).json(&offer)).await;
        }
        self.customer(delete(format!("/commands/products/{PRODUCT}"))).await;
        let stranger = ApiClient::with(&self.customer, CREDENTIALS);
        self.send(&stranger, orders("")).await;
        self.operator(get(format!("/queries/analytics/daily?from={PARAMETER}&to={PARAMETER}"))).await;
    }
}

/// Replaces every text in `json` with a marker.
fn mark(json: &mut Value) {
    match json {
        Value::String(text) => VALUE.clone_into(text),
        Value::Array(values) => values.iter_mut().for_each(mark),
        Value::Object(members) => members.values_mut().for_each(mark),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The marker as a number.
fn number() -> i64 {
    NUMBER.parse().expect("a number")
}

fn offer() -> Value {
    json!({"name": PRODUCT_NAME, "unit_price_cents": 100})
}

fn order_of(pieces: u8) -> Value {
    json!({"user_id": USER, "items": [{"product_id": PRODUCT, "quantity": pieces}]})
}

/// Puts unreadable records on the stream, and waits until the projections have sent them to the dead-letter queue.
async fn poison(stack: &RunningStack) {
    let aws = Aws::from_embedded(stack.aws_endpoint(), stack.template()).expect("AWS clients");
    let opening =
        json!([{"type": "OrderCreated", "schema": 2, "data": {"user_id": STORED, "items": STORED}}]);
    let texts = |events: &str| {
        json!({"pk": {"S": "order-00000000-0000-4000-8000-000000000009"}, "sk": {"N": "1"}, "count": {"N": "1"},
            "events": {"S": events}, "at": {"S": "2026-11-22T10:00:00.000000Z"}, "by": {"S": STORED}, "key": {"S": "key"},
            "request_hash": {"S": "00"}, "correlation_id": {"S": CORRELATION}, "causation_id": {"S": "request"}})
    };
    let record = |dynamodb: Value| {
        json!({"eventName": "INSERT", "tableName": "EventTable", "dynamodb": dynamodb}).to_string()
    };
    let change =
        |image: &Value| record(json!({ "Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image }));
    let records = [
        STORED.to_owned(),
        record(json!(STORED)),
        change(&texts(&opening.to_string())),
        change(&texts(&format!("[\"{STORED}\"]"))),
        change(&texts(&format!(r#"[{{"type":"OrderCreated","data":{{}},"schema":"{STORED}"}}]"#))),
    ];
    for record in &records {
        aws.put(record.as_bytes()).await.expect("put");
    }
    let mut letters = 0;
    for _ in 0..60 {
        letters += aws.dead_letters().await.expect("letters").len();
        // Only the projection of orders receives the two records without keys, because it has no filter. It receives
        // the three commits of an order like the projections of search, analytics and histories. A history shows any
        // event, so its projection can read the first commit.
        if letters >= 2 + 3 * 4 - 1 {
            return;
        }
    }
    panic!("only {letters} dead letters");
}

/// Deletes the tables. Every later read and write fails.
async fn without_tables(stack: &RunningStack) {
    let config = aws_client::config_from(|name| match name {
        "AWS_ENDPOINT_URL" => Some(stack.aws_endpoint().to_owned()),
        "AWS_REGION" => Some(account::REGION.to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("developer".to_owned()),
        _ => None,
    });
    let client = DynamoDb::new(&config.expect("a configuration"));
    for table in &stack.template().tables {
        Box::pin(client.delete_table().table_name(&table.name).send()).await.expect("deleted");
    }
    // A table can still respond until its deletion is complete.
    tokio::time::timeout(Duration::from_secs(20), async {
        while !Box::pin(client.list_tables().send()).await.expect("tables").table_names().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the tables are gone");
}
