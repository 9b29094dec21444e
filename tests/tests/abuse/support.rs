//! Callers for the tests, including clients that violate HTTP.

use std::time::Duration;

use e2e::{Call, Caller, Reply, TokenRequest, get, post, put, target};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// What a customer may do.
const CUSTOMER: &str = "orders:read orders:write";
/// Far longer than any connection may last.
const PATIENCE: Duration = Duration::from_mins(2);

static OFFERED: OnceCell<()> = OnceCell::const_new();

pub(crate) fn token(subject: &str, scope: &str) -> String {
    target().expect("a stack").tokens.get(&TokenRequest::new(subject, scope)).expect("a token")
}

pub(crate) fn nobody() -> Caller {
    Caller::new(&target().expect("a stack").base_url).expect("a client")
}

pub(crate) fn operator() -> Caller {
    nobody().with(token("operator", "orders:admin"))
}

/// The id of a customer whom nobody knows.
pub(crate) fn stranger() -> String {
    format!("user-{}", Uuid::now_v7())
}

pub(crate) fn customer(id: &str) -> Caller {
    nobody().with(customers_token(id))
}

pub(crate) fn customers_token(id: &str) -> String {
    token(id, CUSTOMER)
}

/// Offers a kettle, once in this run.
pub(crate) async fn kettle_on_offer() {
    let offer = put("/commands/products/kettle").json(&json!({"name": "Kettle", "unit_price_cents": 5990}));
    OFFERED
        .get_or_init(|| async {
            let reply = send(&operator(), offer).await;
            assert!([200, 201].contains(&reply.status), "{}", reply.body);
        })
        .await;
}

/// A new order of one kettle.
pub(crate) fn order() -> Call {
    post("/commands/orders").json(&json!({"items": [{"product_id": "kettle", "quantity": 1}]}))
}

/// Opens an order, waits until its customer sees it, and tells its id.
pub(crate) async fn ordered(customer: &Caller) -> String {
    kettle_on_offer().await;
    let reply = send(customer, order()).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let id = reply.body["order_id"].as_str().expect("an id").to_owned();
    let view = get(format!("/queries/orders/{id}?min_version=1")).header("prefer", "wait=20");
    assert_eq!(send(customer, view).await.status, 200);
    id
}

/// Makes `call`; the answer is held against the contract.
pub(crate) async fn send(caller: &Caller, call: Call) -> Reply {
    caller.send(call).await.expect("an answer that the contract has")
}

/// Asserts that `reply` is the problem `code` of `field`, and that it was the reason `why`.
pub(crate) fn assert_blames(reply: &Reply, (status, code): (u16, &str), (field, why): (&str, &str)) {
    let error = &reply.body["errors"][0];
    let found = (reply.status, reply.problem(), error["field"].as_str(), error["code"].as_str());
    assert_eq!(found, (status, code, Some(field), Some(why)), "{}", reply.body);
}

/// What cannot be read.
pub(crate) const MALFORMED: (u16, &str) = (400, "malformed-request");
/// What cannot be accepted.
pub(crate) const INVALID: (u16, &str) = (422, "invalid-value");

/// Asserts that `reply` is API Gateway's own.
pub(crate) fn assert_refused(reply: &Reply, status: u16, message: &str) {
    assert_eq!((reply.status, &reply.body), (status, &json!({ "message": message })));
}

/// The ids of the orders on a page.
pub(crate) fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().filter_map(|item| item["order_id"].as_str()).collect()
}

/// A connection to the stack's front, without anything that would keep its user from doing wrong.
pub(crate) async fn connect() -> TcpStream {
    let url = &target().expect("a stack").base_url;
    TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends `bytes` as they are and gives everything that comes back until the front closes the connection.
pub(crate) async fn exchange(bytes: impl AsRef<[u8]>) -> String {
    let mut stream = connect().await;
    stream.write_all(bytes.as_ref()).await.expect("sent");
    end_of(stream).await
}

/// Everything that comes until the front closes the connection.
pub(crate) async fn end_of(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    closed.expect("the front keeps the connection open").ok();
    String::from_utf8_lossy(&answer).into_owned()
}
