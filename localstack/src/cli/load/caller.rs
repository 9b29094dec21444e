//! The HTTP calls of a load.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::error::LoadError;

/// The product of all orders, and its price.
const PRODUCT: &str = "load-kettle";
const PRICE: i64 = 5_990;
/// The longest time in which a view must get the version of a command.
const LONGEST_LAG: Duration = Duration::from_secs(30);
/// The pause after a read that the API did not let wait.
const PAUSE: Duration = Duration::from_millis(20);

/// A caller with the right to create and confirm orders.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    client: Client,
    base_url: String,
    token: String,
}

/// The answer to a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) order: String,
    pub(super) version: u64,
}

impl Caller {
    /// A caller of the API at `base_url`.
    pub(super) fn new(client: Client, base_url: &str, token: &str) -> Self {
        Self { client, base_url: base_url.trim_end_matches('/').to_owned(), token: token.to_owned() }
    }

    /// Registers the product of the orders.
    ///
    /// # Errors
    /// [`LoadError::Product`].
    pub(super) async fn prepare(&self) -> Result<(), LoadError> {
        let product = json!({"name": "Enamel kettle", "unit_price_cents": PRICE, "currency": "EUR"});
        let call = self.call(Method::PUT, &format!("/commands/products/{PRODUCT}")).json(&product);
        answer(call).await.map(|_| ()).map_err(LoadError::Product)
    }

    /// Creates an order. The error is the status or the reason why no answer arrived.
    pub(super) async fn create(&self) -> Result<Receipt, String> {
        let items = [json!({"product_id": PRODUCT, "quantity": 1, "unit_price_cents": PRICE})];
        let order = json!({ "currency": "EUR", "items": items });
        self.send(self.call(Method::POST, "/commands/orders").json(&order)).await
    }

    /// Confirms `order`. The error is the status or the reason why no answer arrived.
    pub(super) async fn confirm(&self, order: &str) -> Result<Receipt, String> {
        self.send(self.call(Method::POST, &format!("/commands/orders/{order}/confirm"))).await
    }

    async fn send(&self, call: RequestBuilder) -> Result<Receipt, String> {
        let body = answer(call.header("idempotency-key", Uuid::new_v4().to_string())).await?;
        let (order, version) = (body["order_id"].as_str(), body["version"].as_u64());
        match order.zip(version) {
            Some((order, version)) => Ok(Receipt { order: order.to_owned(), version }),
            None => Err("an answer without order_id and version".to_owned()),
        }
    }

    /// Reads the view of `order` until it has `version`. The API may answer before that, so the read is repeated.
    ///
    /// # Errors
    /// The last answer, if the view did not get the version in [`LONGEST_LAG`].
    pub(super) async fn wait_for_view(&self, order: &str, version: u64) -> Result<(), String> {
        let end = Instant::now() + LONGEST_LAG;
        let path = format!("/queries/orders/{order}?min_version={version}");
        loop {
            let read = answer(self.call(Method::GET, &path).header("prefer", "wait=3")).await;
            let problem = match read {
                Ok(view) if view["version"].as_u64() >= Some(version) => return Ok(()),
                Ok(_) => "late".to_owned(),
                Err(problem) => problem,
            };
            if Instant::now() >= end {
                return Err(problem);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base_url)).bearer_auth(&self.token)
    }
}

/// The body of a successful answer.
async fn answer(call: RequestBuilder) -> Result<Value, String> {
    let no_answer = |error: reqwest::Error| {
        if error.is_timeout() { "no answer in time".to_owned() } else { format!("no answer: {error}") }
    };
    let response = call.send().await.map_err(no_answer)?;
    let status = response.status();
    let body = response.bytes().await.map_err(no_answer)?;
    if !status.is_success() {
        return Err(format!("status {}", status.as_u16()));
    }
    serde_json::from_slice(&body).map_err(|_| "an answer that is not JSON".to_owned())
}
