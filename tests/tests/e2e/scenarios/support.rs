//! Common steps of the scenarios, and polling for results that no request can wait for.

use std::time::Duration;

use e2e::{ApiCall, ApiClient, ApiResponse, TokenRequest, get, post, put, target, until_fresh};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The products in [`Shop::order`]: id, name, and price in euro cents.
const PRODUCTS: [(&str, &str, i64); 3] = [
    ("espresso-beans-1kg", "Espresso beans 1 kg", 1899),
    ("paper-filters-100", "Paper filters, 100 pieces", 449),
    ("pour-over-kettle", "Pour-over kettle", 5990),
];

/// Set once this run has registered the products.
static OFFERED: OnceCell<()> = OnceCell::const_new();

/// The scopes of a customer.
pub(crate) const CUSTOMER: &str = "orders:read orders:write";

/// The scope of the staff that fulfils orders.
pub(crate) const CLERK: &str = "orders:fulfil";

/// Callers for a new customer, the clerk who fulfils orders, and the shop's operator.
pub(crate) struct Shop {
    customer: ApiClient,
    clerk: ApiClient,
    /// A caller with the customer's id and the scopes of all commands in a batch.
    batcher: ApiClient,
    operator: ApiClient,
    pub(crate) user: String,
}

/// A new customer, the clerk and the shop's operator.
pub(crate) fn shop() -> Shop {
    let user = format!("user-{}", Uuid::now_v7());
    Shop {
        customer: signed_in(&user, CUSTOMER),
        clerk: signed_in("clerk", CLERK),
        batcher: signed_in(&user, "orders:write orders:fulfil"),
        operator: signed_in("operator", "orders:admin"),
        user,
    }
}

/// A caller without a token.
pub(crate) fn anonymous() -> ApiClient {
    ApiClient::new(&target().expect("a stack").base_url).expect("a client")
}

/// A caller with a token for `subject` and `scope`.
pub(crate) fn signed_in(subject: &str, scope: &str) -> ApiClient {
    anonymous().with(token(&TokenRequest::new(subject, scope)))
}

pub(crate) fn token(request: &TokenRequest) -> String {
    target().expect("a stack").tokens.get(request).expect("a token")
}

impl Shop {
    /// Sends `call` as the customer, or as the clerk or the operator if only they may send it. The first call of the
    /// run registers the products.
    pub(crate) async fn send(&self, call: ApiCall) -> ApiResponse {
        let of_shop = ["/commands/products", "/queries/analytics"];
        if of_shop.iter().any(|start| call.path().starts_with(start)) {
            return self.operate(call).await;
        }
        OFFERED.get_or_init(|| self.offer_all()).await;
        let ends_with = |ends: &[&str]| ends.iter().any(|end| call.path().ends_with(end));
        let caller = if ends_with(&["/confirm", "/ship", "/deliver"]) {
            &self.clerk
        } else if ends_with(&[":batch"]) {
            &self.batcher
        } else {
            &self.customer
        };
        caller.send(call).await.expect("an answer")
    }

    /// Sends `call` as the customer, even if only the clerk or the operator may send it.
    pub(crate) async fn send_as_customer(&self, call: ApiCall) -> ApiResponse {
        OFFERED.get_or_init(|| self.offer_all()).await;
        self.customer.send(call).await.expect("an answer")
    }

    /// Sends `call` as the shop's operator.
    pub(crate) async fn operate(&self, call: ApiCall) -> ApiResponse {
        OFFERED.get_or_init(|| self.offer_all()).await;
        self.operator.send(call).await.expect("an answer")
    }

    async fn offer_all(&self) {
        for (id, name, price) in PRODUCTS {
            let offer = offer(id, name, price);
            let reply = self.operator.send(offer).await.expect("an answer");
            assert!([200, 201].contains(&reply.status), "{}", reply.body);
        }
    }

    /// An order of three items for 102.37 euros.
    pub(crate) fn order(&self) -> Value {
        json!({
            "user_id": self.user, "currency": "EUR", "total_amount_cents": 10_237,
            "items": [
                {"product_id": "espresso-beans-1kg", "quantity": 2, "unit_price_cents": 1899},
                {"product_id": "paper-filters-100", "quantity": 1, "unit_price_cents": 449},
                {"product_id": "pour-over-kettle", "quantity": 1, "unit_price_cents": 5990},
            ],
        })
    }

    /// Creates an order and returns its id.
    pub(crate) async fn created(&self) -> String {
        let reply = self.send(post("/commands/orders").json(&self.order())).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["order_id"].as_str().expect("an id").to_owned()
    }

    pub(crate) async fn confirm(&self, order: &str) -> ApiResponse {
        self.send(command(order, "confirm")).await
    }

    pub(crate) async fn ship(&self, order: &str) -> ApiResponse {
        let parcel = json!({"tracking_number": "JJD000390007827346012", "carrier": "DHL"});
        self.send(command(order, "ship").json(&parcel)).await
    }

    pub(crate) async fn deliver(&self, order: &str) -> ApiResponse {
        self.send(command(order, "deliver")).await
    }

    pub(crate) async fn cancel(&self, order: &str) -> ApiResponse {
        self.send(command(order, "cancel").json(&json!({"reason": "changed my mind"}))).await
    }

    /// Reads all pages of a query, with up to `limit` items each, and returns their items. Sends queries for the
    /// customer's own orders and for products as the customer, and other queries as the operator.
    pub(crate) async fn pages(&self, path: &str, limit: usize) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        for _ in 0..100 {
            let call = get(format!("{path}limit={limit}{cursor}"));
            let is_of_all = path.starts_with("/queries/orders?") && !path.contains("user_id=");
            let page = if is_of_all { self.operate(call).await } else { self.send(call).await };
            assert_eq!(page.status, 200, "{}", page.body);
            let found = page.body["items"].as_array().expect("items");
            assert!(found.len() <= limit);
            items.extend(found.iter().cloned());
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
        panic!("{path} has more than 100 pages");
    }

    /// Waits until the order's view has reached `version`, and returns the view.
    pub(crate) async fn view(&self, order: &str, version: u64) -> ApiResponse {
        let reply = until_fresh(at_least(order, version), async |call| self.send(call).await).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(reply.body["version"].as_u64() >= Some(version), "{}", reply.body);
        reply
    }
}

/// A request that registers a product at a price in euro cents.
pub(crate) fn offer(id: &str, name: &str, price: i64) -> ApiCall {
    put(format!("/commands/products/{id}"))
        .json(&json!({"name": name, "unit_price_cents": price, "currency": "EUR"}))
}

pub(crate) fn command(order: &str, verb: &str) -> ApiCall {
    post(format!("/commands/orders/{order}/{verb}"))
}

/// A query for the order's view that waits until the view has reached `version`.
pub(crate) fn at_least(order: &str, version: u64) -> ApiCall {
    get(format!("/queries/orders/{order}?min_version={version}")).header("prefer", "wait=20")
}

/// Asserts that `reply` is a problem with the given status and code.
pub(crate) fn assert_problem(reply: &ApiResponse, status: u16, code: &str) {
    assert_eq!((reply.status, reply.problem()), (status, code), "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.body["status"], status);
}

/// The largest number of tries. A projection takes a fraction of a second, but a cold stack on a busy machine takes
/// several seconds.
const TRIES: u32 = 200;
/// The pause between two tries.
const BETWEEN: Duration = Duration::from_millis(100);

/// Repeats the query `path` until the response has the wanted form, and returns it.
pub(crate) async fn until(shop: &Shop, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..TRIES {
        let reply = shop.send(get(path)).await;
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        if is_wanted(&reply.body) {
            return reply.body;
        }
        last = reply.body;
        tokio::time::sleep(BETWEEN).await;
    }
    panic!("the response to {path} is still {last}");
}

/// Asserts that `reply` is a problem with the given status and code that names `field`.
pub(crate) fn assert_blames(reply: &ApiResponse, status: u16, code: &str, field: &str) {
    assert_problem(reply, status, code);
    assert_eq!(reply.body["errors"][0]["field"], field);
}

/// The ids of `orders`.
pub(crate) fn ids(orders: &[Value]) -> Vec<String> {
    orders.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
}
