//! The load: concurrent customers place orders. They repeat each request with the same idempotency key until it
//! succeeds, as docs/call.md tells clients to do.

use std::time::Duration;

use futures::future::try_join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{ApiCall, ApiClient, ApiResponse, post, put};

/// How long a request is repeated.
const PATIENCE: Duration = Duration::from_mins(3);
/// The pause before the second attempt. It doubles with every attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The products: id, name, price in cents.
const PRODUCTS: [(&str, &str, i64); 3] =
    [("kettle", "Kettle", 5990), ("beans", "Espresso beans", 1899), ("filters", "Paper filters", 449)];

/// A command that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The id of the order.
    pub order: String,
    /// The id of the order's customer.
    pub user: String,
    /// The idempotency key of the request.
    pub key: String,
    /// The version in the response.
    pub version: u64,
}

/// A load on one stack.
#[derive(Debug)]
pub struct Load {
    caller: watch::Receiver<ApiClient>,
    run: String,
    acknowledged: watch::Sender<Vec<Acknowledged>>,
}

impl Load {
    /// A load that sends its requests through the current value of `caller`. The caller must be an admin.
    #[must_use]
    pub fn new(caller: watch::Receiver<ApiClient>) -> Self {
        let run = Uuid::now_v7().simple().to_string();
        Self { caller, run, acknowledged: watch::Sender::new(Vec::new()) }
    }

    /// A receiver of the acknowledged commands, past and future.
    #[must_use]
    pub fn acknowledged(&self) -> watch::Receiver<Vec<Acknowledged>> {
        self.acknowledged.subscribe()
    }

    /// Registers the products.
    pub async fn offer(&self) -> Result<(), String> {
        for (id, name, price) in PRODUCTS {
            let offer = json!({"name": name, "unit_price_cents": price, "currency": "EUR"});
            self.send_until_success(put(format!("/commands/products/{id}")).json(&offer), &new_key()).await?;
        }
        Ok(())
    }

    /// Runs `customers` concurrent customers. Each places `orders` orders in sequence and executes the steps of each
    /// order.
    pub async fn run(&self, customers: usize, orders: usize) -> Result<(), String> {
        try_join_all((0..customers).map(|number| self.customer(number, orders))).await?;
        Ok(())
    }

    async fn customer(&self, number: usize, orders: usize) -> Result<(), String> {
        // The last digits of a version 7 UUID are random, and the search treats them as one word.
        let user = format!("{}x{number}", &self.run[20..]);
        for order in 0..orders {
            let (product, name, _) = PRODUCTS[(number + order) % PRODUCTS.len()];
            let items = json!([{"product_id": product, "quantity": 1 + order % 3}]);
            let create = json!({"user_id": user, "currency": "EUR", "items": items});
            let reply = self.acknowledge(post("/commands/orders").json(&create), &user, None).await?;
            let id = reply.body["order_id"].as_str().ok_or("no order_id")?.to_owned();
            for step in steps(number + order) {
                let call = post(format!("/commands/orders/{id}/{step}")).json(&details(step, name));
                self.acknowledge(call, &user, Some(&id)).await?;
            }
        }
        Ok(())
    }

    /// Sends a request until it succeeds, and then once more, like a client that has lost the response.
    async fn acknowledge(
        &self,
        call: ApiCall,
        user: &str,
        order: Option<&str>,
    ) -> Result<ApiResponse, String> {
        let key = new_key();
        let first = self.send_until_success(call.clone(), &key).await?;
        let again = self.send_until_success(call, &key).await?;
        if (again.header("idempotent-replayed"), &again.body) != ("true", &first.body) {
            return Err(format!("{key}: the first response is {}, the second is {}", first.body, again.body));
        }
        let version = first.body["version"].as_u64().ok_or("no version")?;
        let order = order.or(first.body["order_id"].as_str()).ok_or("no order_id")?.to_owned();
        let acknowledged = Acknowledged { order, user: user.to_owned(), key, version };
        self.acknowledged.send_modify(|all| all.push(acknowledged));
        Ok(first)
    }

    /// Sends a request with the idempotency key `key` until it succeeds.
    async fn send_until_success(&self, call: ApiCall, key: &str) -> Result<ApiResponse, String> {
        let call = call.header("idempotency-key", key);
        let end = tokio::time::Instant::now() + PATIENCE;
        let mut pause = FIRST_PAUSE;
        loop {
            let caller = self.caller.borrow().clone();
            let refused = match caller.send(call.clone()).await {
                Ok(reply) if matches!(reply.status, 200 | 201) => return Ok(reply),
                Ok(reply) if is_transient(&reply) => format!("{} {}", reply.status, reply.body),
                Ok(reply) => return Err(format!("{} {key}: {} {}", call.path(), reply.status, reply.body)),
                Err(error) if error.is::<reqwest::Error>() => error.to_string(),
                Err(error) => return Err(error.to_string()),
            };
            if tokio::time::Instant::now() >= end {
                return Err(format!(
                    "{} {key} did not succeed in time; the last response: {refused}",
                    call.path()
                ));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn new_key() -> String {
    format!("load-{}", Uuid::now_v7())
}

/// Whether the same request may succeed later.
fn is_transient(reply: &ApiResponse) -> bool {
    matches!(reply.status, 429 | 500 | 502 | 503 | 504) || reply.problem() == "contended"
}

/// The steps of an order.
fn steps(number: usize) -> &'static [&'static str] {
    match number % 5 {
        0 => &[],
        1 => &["confirm"],
        2 => &["confirm", "ship", "deliver"],
        3 => &["cancel"],
        _ => &["confirm", "ship"],
    }
}

fn details(step: &str, product: &str) -> Value {
    match step {
        "ship" => json!({"tracking_number": "JJD000390007827346012", "carrier": "DHL"}),
        "cancel" => json!({"reason": format!("no {product} after all")}),
        _ => json!({}),
    }
}
