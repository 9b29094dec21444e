//! Checks requests: for any request, the function's answer follows the contract.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use domain::product::ProductId;
use es_core::{Commit, EventAppender, EventReader, Segment};
use http_api::GatewayResponse;
use serde_json::{Value, json};
use shop_testing as shop;
use testing_in_memory::InMemoryEventStore;

use crate::database::{CUSTOMER, Database, STRANGER};
use crate::gateway::RawRequest;
use crate::routes::Route;
use crate::wait;

/// The statuses that a function may return while its tables work.
const STATUSES: [i64; 11] = [200, 201, 304, 400, 401, 403, 404, 409, 412, 413, 422];

/// Uses `data` as a request and sends it to its function: as a customer, as the staff that fulfils orders, and as an
/// admin.
///
/// - The answer has a documented status, never a 5xx. A refusal is a problem with a type and names the invalid field.
/// - A refused command changes nothing. A repeat with the same idempotency key changes nothing and gets the first
///   answer.
/// - A customer's query reads no other customer's partition, and no answer contains data of another customer.
/// - No key exceeds DynamoDB's limits.
pub fn check(data: &[u8]) {
    let Some(request) = std::str::from_utf8(data).ok().and_then(RawRequest::read) else { return };
    let Some((route, parameters)) = Route::find(request.method, &request.path) else { return };
    for scope in ["orders:read orders:write", shop_contract::FULFIL_SCOPE, shop_contract::ADMIN_SCOPE] {
        let caller = json!({ "sub": CUSTOMER, "scope": scope });
        wait::for_end_of(answered(&request, route, &parameters, &caller));
    }
}

async fn answered(
    request: &RawRequest<'_>,
    route: Route,
    parameters: &BTreeMap<String, String>,
    caller: &Value,
) {
    let (store, database) = (shop().await, Database::without_requests());
    let before = commits(&store).await;
    let api = wait::api();
    let answer = async || {
        let request = api.request(request.event(caller, parameters));
        route.handle(&store, database.client(), &request).await
    };
    let first = answer().await;
    well_formed(&first);
    let after = commits(&store).await;
    if first.status_code >= 400 || !route.is_command {
        assert_eq!(before, after, "a request with the status {} changed a stream", first.status_code);
    } else if request.has_header("idempotency-key") && !route.is_batch() {
        let again = answer().await;
        assert_eq!((again.status_code, body(&again)), (first.status_code, body(&first)));
        assert_eq!(commits(&store).await, after, "a repeat changed a stream");
    }
    let is_staff = [shop_contract::FULFIL_SCOPE, shop_contract::ADMIN_SCOPE].map(Value::from);
    if !is_staff.contains(&caller["scope"]) {
        let own = format!("user#{CUSTOMER}");
        for partition in database.partitions() {
            let is_open = ["order#", "product#"].iter().any(|start| partition.starts_with(start));
            assert!(is_open || partition == own, "a customer's query reads {partition}");
        }
        let leaks = first.status_code < 300 && body(&first).contains(STRANGER) && !route.is_command;
        assert!(!leaks, "the answer contains another customer's data: {}", body(&first));
    }
}

/// A store with an order of the customer, an order of another customer, and a product.
async fn shop() -> InMemoryEventStore {
    let store = InMemoryEventStore::default();
    let order = |user: &str| {
        let items = json!([{"product_id": "kettle", "quantity": 1, "unit_price_cents": 5990}]);
        let data = json!({"user_id": user, "items": items, "total_amount_cents": 5990, "currency": "EUR"});
        shop::event("OrderCreated", 2, data)
    };
    let kettle =
        json!({"product_id": "kettle", "name": "Kettle", "unit_price_cents": 5990, "currency": "EUR"});
    let product = ProductId::try_from("kettle".to_owned()).unwrap().stream();
    for (stream, event) in [
        (shop::order(1), order(CUSTOMER)),
        (shop::order(2), order(STRANGER)),
        (product, shop::event("ProductRegistered", 1, kettle)),
    ] {
        store.append(&shop::commit(&stream, 1, vec![event])).await.unwrap();
    }
    store
}

async fn commits(store: &InMemoryEventStore) -> Vec<Commit> {
    let whole = Segment { index: 0, total: 1 };
    store.load_all(whole, None, NonZeroU16::MAX).await.unwrap().commits
}

fn body(response: &GatewayResponse) -> String {
    serde_json::to_value(response).unwrap()["body"].as_str().unwrap_or_default().to_owned()
}

fn well_formed(response: &GatewayResponse) {
    let (status, body) = (response.status_code, body(response));
    assert!(STATUSES.contains(&status), "{status}: {body}");
    assert!(response.headers.contains_key("x-correlation-id"));
    if status == 304 {
        return;
    }
    let body: Value = serde_json::from_str(&body).unwrap();
    if status >= 400 {
        assert_eq!(response.headers["content-type"], "application/problem+json");
        is_problem(status, &body);
    }
}

fn is_problem(status: i64, body: &Value) {
    let kind = body["type"].as_str().unwrap().strip_prefix(shop_contract::PROBLEM_TYPES).unwrap();
    assert_eq!(body["status"], status);
    let Some(errors) = body["errors"].as_array() else {
        return assert!(!["malformed-request", "invalid-value"].contains(&kind), "{body} names no field");
    };
    let [error] = errors.as_slice() else { panic!("{body} names several fields") };
    let [field, code, detail] = ["field", "code", "detail"].map(|name| error[name].as_str().unwrap());
    assert!(!field.is_empty() && !code.is_empty(), "{body}");
    assert_eq!(body["detail"], format!("{field}: {detail}"));
    let names_a_type = ["struct ", "expected i64", "expected u64", "a sequence", "a map"]
        .iter()
        .any(|name| detail.contains(name));
    assert!(!names_a_type, "{body} names a type of the program");
}
