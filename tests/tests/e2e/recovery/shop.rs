//! Stacks that keep their data for the next stack, callers of the stacks, and common steps of the tests.

use std::collections::BTreeMap;
use std::env::temp_dir;
use std::path::{Path, PathBuf};

use e2e::{ApiClient, Operator, get, post, until_fresh};
use localstack::{RunningStack, Stack, StackOptions};
use serde_json::json;
use uuid::Uuid;

/// The data folder of one test. Dropping this value removes the folder.
pub(crate) struct Data(PathBuf);

impl Data {
    pub(crate) fn new() -> Self {
        Self(temp_dir().join(format!("recovery-{}", Uuid::now_v7())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// With this parameter, orders contain their own prices, and no product has to be registered.
pub(crate) const COMMAND_PRICES: (&str, &str) = ("PriceSource", "command");

/// A stack with `parameters` and the faults `chaos`, which keeps its data in `data`. An empty `chaos` means no faults.
pub(crate) async fn stack(data: &Data, parameters: &[(&str, &str)], chaos: &str) -> RunningStack {
    let parameters: BTreeMap<_, _> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut options =
        StackOptions { parameters, data: Some(data.path().to_owned()), ..StackOptions::default() };
    if !chaos.is_empty() {
        options.chaos = chaos.parse().expect("a specification of chaos");
    }
    Stack::start(options).await.expect("a stack")
}

/// A customer who may confirm orders, too.
pub(crate) fn customer(stack: &RunningStack) -> ApiClient {
    caller(stack, "orders:read orders:write orders:fulfil")
}

/// A caller with the scopes `scope`.
pub(crate) fn caller(stack: &RunningStack, scope: &str) -> ApiClient {
    let token = stack.token("customer", scope).expect("a token");
    ApiClient::new(stack.base_url()).expect("a client").with(token)
}

pub(crate) fn operator(stack: &RunningStack) -> Operator {
    Operator::new(stack.aws_endpoint(), stack.template()).expect("an operator")
}

/// Creates an order with its own price, confirms it, and returns its id.
pub(crate) async fn create_confirmed_order(customer: &ApiClient) -> String {
    let item = json!({"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990});
    let create = post("/commands/orders").json(&json!({"currency": "EUR", "items": [item]}));
    let created =
        customer.send(create.header("idempotency-key", Uuid::now_v7().to_string())).await.expect("an answer");
    assert_eq!(created.status, 201, "{}", created.body);
    let order = created.body["order_id"].as_str().expect("an id").to_owned();
    let confirmed =
        customer.send(post(format!("/commands/orders/{order}/confirm"))).await.expect("an answer");
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    order
}

/// Waits until the order's view has both events, and returns the order's creation time.
pub(crate) async fn wait_for_view(customer: &ApiClient, order: &str) -> String {
    let call = get(format!("/queries/orders/{order}?min_version=2")).header("prefer", "wait=20");
    let view = until_fresh(call, async |call| customer.send(call).await.expect("an answer")).await;
    assert_eq!(
        (view.status, view.body["status"].as_str()),
        (200, Some("confirmed")),
        "{order}: {}",
        view.body
    );
    view.body["created_at"].as_str().expect("a time").to_owned()
}
