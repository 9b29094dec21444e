//! Callers for the tests, including clients that violate HTTP.

use std::time::Duration;

use e2e::{ApiCall, ApiClient, ApiResponse, TokenRequest, get, post, put, target, until_fresh};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The scopes of a customer.
const CUSTOMER: &str = "orders:read orders:write";
/// The longest wait for the end of a connection. The front end must close every connection far earlier.
const PATIENCE: Duration = Duration::from_mins(2);

/// Set once this run has registered the kettle.
static OFFERED: OnceCell<()> = OnceCell::const_new();

pub(crate) fn token(subject: &str, scope: &str) -> String {
    target().expect("a stack").tokens.get(&TokenRequest::new(subject, scope)).expect("a token")
}

/// A caller without a token.
pub(crate) fn anonymous() -> ApiClient {
    ApiClient::new(&target().expect("a stack").base_url).expect("a client")
}

pub(crate) fn operator() -> ApiClient {
    anonymous().with(token("operator", "orders:admin"))
}

/// The id of a new customer.
pub(crate) fn stranger() -> String {
    format!("user-{}", Uuid::now_v7())
}

pub(crate) fn customer(id: &str) -> ApiClient {
    anonymous().with(customers_token(id))
}

pub(crate) fn customers_token(id: &str) -> String {
    token(id, CUSTOMER)
}

/// Registers the kettle, unless this run has already registered it.
pub(crate) async fn offer_kettle() {
    let offer = put("/commands/products/kettle").json(&json!({"name": "Kettle", "unit_price_cents": 5990}));
    OFFERED
        .get_or_init(|| async {
            let reply = send(&operator(), offer).await;
            assert!([200, 201].contains(&reply.status), "{}", reply.body);
        })
        .await;
}

/// A request that creates an order of one kettle.
pub(crate) fn order() -> ApiCall {
    post("/commands/orders").json(&json!({"items": [{"product_id": "kettle", "quantity": 1}]}))
}

/// Creates an order, waits until it has a view, and returns its id.
pub(crate) async fn create_order(customer: &ApiClient) -> String {
    offer_kettle().await;
    let reply = send(customer, order()).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let id = reply.body["order_id"].as_str().expect("an id").to_owned();
    let view = get(format!("/queries/orders/{id}?min_version=1")).header("prefer", "wait=20");
    assert_eq!(until_fresh(view, async |call| send(customer, call).await).await.status, 200);
    id
}

/// Sends `call` and checks the response against the contract.
pub(crate) async fn send(caller: &ApiClient, call: ApiCall) -> ApiResponse {
    caller.send(call).await.expect("a response that the contract documents")
}

/// Asserts that `reply` is a problem with the given status and code, and that its first error names `field` and has the
/// code `reason`.
pub(crate) fn assert_blames(reply: &ApiResponse, (status, code): (u16, &str), (field, reason): (&str, &str)) {
    let error = &reply.body["errors"][0];
    let found = (reply.status, reply.problem(), error["field"].as_str(), error["code"].as_str());
    assert_eq!(found, (status, code, Some(field), Some(reason)), "{}", reply.body);
}

/// The status and the code of the problem for an unreadable request.
pub(crate) const MALFORMED: (u16, &str) = (400, "malformed-request");
/// The status and the code of the problem for an invalid value.
pub(crate) const INVALID: (u16, &str) = (422, "invalid-value");

/// Asserts that `reply` is a refusal by API Gateway itself.
pub(crate) fn assert_refused(reply: &ApiResponse, status: u16, message: &str) {
    assert_eq!((reply.status, &reply.body), (status, &json!({ "message": message })));
}

/// The ids of the orders on a page.
pub(crate) fn ids(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("items").iter().filter_map(|item| item["order_id"].as_str()).collect()
}

/// Opens a TCP connection to the stack's front end. Unlike an HTTP client, the connection allows invalid requests.
pub(crate) async fn connect() -> TcpStream {
    let url = &target().expect("a stack").base_url;
    TcpStream::connect(url.trim_start_matches("http://")).await.expect("a connection")
}

/// Sends `bytes` without changes, and returns everything that the front end sends until it closes the connection.
pub(crate) async fn exchange(bytes: impl AsRef<[u8]>) -> String {
    let mut stream = connect().await;
    stream.write_all(bytes.as_ref()).await.expect("sent");
    end_of(stream).await
}

/// Reads everything that the front end sends until it closes the connection.
pub(crate) async fn end_of(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    closed.expect("the end of the connection").ok();
    String::from_utf8_lossy(&answer).into_owned()
}
