//! A fake query table that answers at once. Its content never changes, and it enforces DynamoDB's limits on keys.

use std::sync::{Arc, LazyLock, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The owner of the orders that a `Query` finds.
pub(crate) const CUSTOMER: &str = "user-1";
/// The owner of the order that a `GetItem` finds: another customer.
pub(crate) const STRANGER: &str = "user-2";

/// The most bytes of partition keys and sort keys.
///
/// Source: Amazon DynamoDB Developer Guide, "Constraints in Amazon DynamoDB".
const MAX_KEYS: [(&str, usize); 4] =
    [("pk", 2_048), ("sk", 1_024), (":partition", 2_048), (":behind", 1_024)];

/// The table and the requests that it got, in sequence. Clones share both.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    client: Client,
    requests: Requests,
}

#[derive(Debug, Clone, Default)]
struct Requests(Arc<Mutex<Vec<Value>>>);

thread_local! {
    // Each thread reuses its client, because creating a client takes longer than checking most inputs.
    static DATABASE: Database = Database::new();
}

impl Database {
    /// This thread's table with an empty list of requests.
    pub(crate) fn without_requests() -> Self {
        let database = DATABASE.with(Self::clone);
        database.requests.0.lock().unwrap().clear();
        database
    }

    fn new() -> Self {
        let requests = Requests::default();
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(requests.clone());
        Self { client: Client::from_conf(config.build()), requests }
    }

    /// A client for the table.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// The partition of every `Query` and `GetItem` request so far.
    pub(crate) fn partitions(&self) -> Vec<String> {
        let requests = self.requests.0.lock().unwrap();
        let partition = |request: &Value| {
            let values = &request["ExpressionAttributeValues"];
            let places = [&request["Key"]["pk"], &values[":partition"], &values[":pk"], &values[":order"]];
            places.into_iter().find_map(|place| place["S"].as_str().map(ToOwned::to_owned))
        };
        requests.iter().filter_map(partition).collect()
    }
}

impl HttpClient for Requests {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Requests {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let request_body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        within_limits(&request_body);
        let answer = answer(&operation, &request_body);
        self.0.lock().unwrap().push(request_body);
        let answer = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer));
        HttpConnectorFuture::ready(Ok(answer))
    }
}

/// Panics if DynamoDB would refuse the request because of the size of a key.
fn within_limits(value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let text = member["S"].as_str();
                let limit = MAX_KEYS.iter().find(|(key, _)| key == name).map(|(_, limit)| *limit);
                if let (Some(text), Some(limit)) = (text, limit) {
                    assert!((1..=limit).contains(&text.len()), "{name} has {} bytes", text.len());
                }
                within_limits(member);
            }
        }
        Value::Array(items) => items.iter().for_each(within_limits),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn answer(operation: &str, request_body: &Value) -> String {
    let key = &request_body["Key"];
    let (index, event) = (request_body["IndexName"].as_str(), event_at(key));
    let key = key["pk"]["S"].as_str();
    match (operation, index) {
        ("Query", Some("by_user")) => {
            let limit = request_body["Limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
            let items = ORDERS.get(..limit.unwrap_or(MOST)).unwrap_or(&*ORDERS).join(",");
            format!(r#"{{"Items":[{items}]}}"#)
        }
        ("GetItem", _) if event.is_some() => json!({ "Item": event }).to_string(),
        ("GetItem", _) if key.is_some_and(|key| key.starts_with("order#")) => {
            json!({ "Item": view(7, STRANGER) }).to_string()
        }
        _ => "{}".to_owned(),
    }
}

/// The item of a history's event with this `key`; `None` if the key is not one of an event.
fn event_at(key: &Value) -> Option<Value> {
    key["sk"]["S"].as_str().filter(|sk| sk.starts_with("event#"))?;
    let text = |text: &str| json!({ "S": text });
    let id = "00000000-0000-4000-8000-000000000009";
    Some(json!({
        "pk": key["pk"], "sk": key["sk"], "id": text(id), "type": text("OrderCreated"),
        "data": text(&json!({ "user_id": STRANGER }).to_string()), "at": text("2026-11-22T10:00:00.000000Z"),
        "correlation_id": text(id), "causation_id": text("request"),
    }))
}

/// The number of orders. It exceeds the size of any page, so a next page exists.
const MOST: usize = 102;

/// The views of the customer's orders, as JSON.
static ORDERS: LazyLock<Vec<String>> =
    LazyLock::new(|| (0..MOST).map(|number| view(number, CUSTOMER).to_string()).collect());

/// The item of the view of an order of `user`.
fn view(number: usize, user: &str) -> Value {
    let text = |text: &str| json!({ "S": text });
    let id = format!("00000000-0000-4000-8000-{number:012}");
    let time = "2026-11-22T10:00:00.000000Z";
    json!({
        "pk": text(&format!("order#{id}")), "sk": text("view"), "version": {"N": "1"}, "user_id": text(user),
        "status": text("pending"), "items": text(r#"[{"product_id":"kettle","quantity":1,"unit_price_cents":5990}]"#),
        "total_amount_cents": {"N": "5990"}, "currency": text("EUR"), "created_at": text(time),
        "updated_at": text(time), "user_key": text(&format!("user#{user}")), "order_key": text(&format!("{time}#{id}")),
    })
}
