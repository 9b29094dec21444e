//! Tests authentication and authorization: invalid tokens, scopes, and other customers' orders.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use e2e::{ApiClient, ApiResponse, TokenRequest, delete, get, post};
use serde_json::{Value, json};

use crate::scenarios::support::{
    CLERK, CUSTOMER, anonymous, assert_problem, command, offer, shop, signed_in, token,
};

async fn orders(caller: &ApiClient) -> ApiResponse {
    caller.send(get("/queries/orders")).await.expect("an answer")
}

/// Asserts that API Gateway refused the caller with its own message.
fn assert_refused(reply: &ApiResponse, status: u16, message: &str, challenge: &str) {
    assert_eq!((reply.status, &reply.body), (status, &json!({ "message": message })));
    let found = reply.header("www-authenticate");
    assert!(found.starts_with("Bearer") && found.contains(challenge), "{found}");
}

/// A token of the stack's issuer with one part replaced.
fn with_part(token: &str, index: usize, part: &Value) -> String {
    let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts[index] = BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    parts.join(".")
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("a part");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

#[tokio::test]
async fn a_caller_without_a_valid_token_is_refused() {
    let own = TokenRequest::new("user-1", CUSTOMER);
    let expired = TokenRequest { expires_in: -1, ..own.clone() };
    let elsewhere = TokenRequest { audience: Some("elsewhere".to_owned()), ..own.clone() };
    let good = token(&own);
    assert_eq!(orders(&anonymous().with(&good)).await.status, 200);
    assert_refused(&orders(&anonymous()).await, 401, "Unauthorized", "");
    for (bad, problem) in [
        (token(&expired), "expired"),
        (token(&elsewhere), "audience"),
        ("nonsense".to_owned(), "error=\"invalid_token\""),
    ] {
        assert_refused(&orders(&anonymous().with(bad)).await, 401, "Unauthorized", problem);
    }
}

#[tokio::test]
async fn a_tampered_token_is_refused() {
    let good = token(&TokenRequest::new("user-1", CUSTOMER));
    let mut claims = part(&good, 1);
    claims["scope"] = json!("orders:admin");
    let mut header = part(&good, 0);
    let forged = with_part(&good, 1, &claims);
    header["alg"] = json!("none");
    let unsigned = with_part(&good, 0, &header);
    let without_signature = format!("{}.", unsigned.rsplit_once('.').expect("three parts").0);
    header["alg"] = json!("HS256");
    let with_secret = with_part(&good, 0, &header);
    header["alg"] = json!("RS256");
    header["kid"] = json!("another-key");
    let unknown_key = with_part(&good, 0, &header);
    for bad in [forged, unsigned, without_signature, with_secret, unknown_key] {
        let reply = orders(&anonymous().with(&bad)).await;
        assert_refused(&reply, 401, "Unauthorized", "error=\"invalid_token\"");
    }
}

#[tokio::test]
async fn a_token_allows_only_its_scopes() {
    let (reader, writer) = (signed_in("user-1", "orders:read"), signed_in("user-1", "orders:write"));
    let neither = signed_in("user-1", "profile");
    let write = || post("/commands/orders").raw("{");
    let replies = [
        reader.send(write()).await,
        writer.send(get("/queries/orders")).await,
        neither.send(get("/queries/orders")).await,
        writer.send(offer("jug", "Jug", 1)).await,
        reader.send(delete("/commands/products/jug")).await,
    ];
    for reply in replies {
        assert_refused(&reply.expect("an answer"), 403, "Forbidden", "error=\"insufficient_scope\"");
    }
    assert_eq!(orders(&reader).await.status, 200);
    let admitted = writer.send(write()).await.expect("an answer");
    assert_problem(&admitted, 400, "malformed-request");
}

#[tokio::test]
async fn another_customers_order_cannot_be_read_or_changed() {
    let (shop, stranger) = (shop(), shop());
    let order = shop.created().await;
    let view = shop.view(&order, 1).await;
    let path = format!("/queries/orders/{order}");
    let absent = stranger.send(get("/queries/orders/00000000-0000-4000-8000-000000000000")).await;
    let hidden = stranger.send(get(&path)).await;
    assert_problem(&hidden, 404, "not-found");
    assert_eq!(hidden.body["title"], absent.body["title"]);
    let tagged = get(&path).header("if-none-match", view.header("etag"));
    assert_problem(&stranger.send(tagged).await, 404, "not-found");
    assert_problem(&stranger.cancel(&order).await, 403, "not-yours");
    let stale = stranger.send(command(&order, "cancel").header("if-match", "\"99\"")).await;
    assert_problem(&stale, 403, "not-yours");
    assert_eq!(shop.view(&order, 1).await.body, view.body);
}

#[tokio::test]
async fn a_list_has_only_the_callers_orders() {
    let (shop, stranger) = (shop(), shop());
    let order = shop.created().await;
    shop.view(&order, 1).await;
    let ids = |reply: &ApiResponse| reply.body["items"].as_array().map(Vec::len);
    for query in ["", "?status=pending"] {
        let own = shop.send(get(format!("/queries/orders{query}"))).await;
        assert_eq!(own.body["items"][0]["order_id"], order.as_str());
        assert_eq!(ids(&stranger.send(get(format!("/queries/orders{query}"))).await), Some(0));
    }
    let refused = stranger.send(get(format!("/queries/orders?user_id={}", shop.user))).await;
    assert_problem(&refused, 403, "not-yours");
}

#[tokio::test]
async fn a_customer_creates_only_own_orders() {
    let (shop, stranger) = (shop(), shop());
    let foreign = stranger.send(post("/commands/orders").json(&shop.order())).await;
    assert_problem(&foreign, 403, "not-yours");
    let mut order = shop.order();
    order.as_object_mut().expect("an object").remove("user_id");
    let own = shop.send(post("/commands/orders").json(&order)).await;
    let id = own.body["order_id"].as_str().expect("an id");
    assert_eq!(shop.view(id, 1).await.body["user_id"], shop.user.as_str());
}

#[tokio::test]
async fn a_customer_cannot_fulfil_an_order() {
    let shop = shop();
    let order = shop.created().await;
    for verb in ["confirm", "ship", "deliver"] {
        let reply = shop.send_as_customer(command(&order, verb)).await;
        assert_refused(&reply, 403, "Forbidden", "orders:fulfil");
    }
    // The gateway admits a batch by any of its scopes, so the service itself checks the scope of each command.
    let confirm = json!({"operation": "confirm", "order_id": order});
    let batch = post("/commands/orders:batch").json(&json!({"commands": [confirm]}));
    let reply = shop.send_as_customer(batch).await;
    let refused = &reply.body["results"][0];
    assert_eq!(refused["status"], 403, "{}", reply.body);
    assert_eq!(refused["problem"]["title"], "The request requires the scope orders:fulfil");
    assert_eq!(shop.view(&order, 1).await.body["status"], "pending");
}

#[tokio::test]
async fn a_clerk_fulfils_and_reads_the_orders_of_all_customers_and_nothing_else() {
    let shop = shop();
    let order = shop.created().await;
    for reply in [shop.confirm(&order).await, shop.ship(&order).await, shop.deliver(&order).await] {
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    shop.view(&order, 4).await;
    let clerk = signed_in("clerk", CLERK);
    let send = async |call| clerk.send(call).await.expect("an answer");
    for path in [format!("/queries/orders/{order}"), format!("/queries/orders?user_id={}", shop.user)] {
        let reply = send(get(path)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let pending = shop.created().await;
    assert_refused(&send(command(&pending, "cancel")).await, 403, "Forbidden", "orders:write");
    assert_refused(
        &send(post("/commands/orders").json(&shop.order())).await,
        403,
        "Forbidden",
        "orders:write",
    );
    let create = json!({"operation": "create", "items": []});
    let cancel = json!({"operation": "cancel", "order_id": pending});
    let reply = send(post("/commands/orders:batch").json(&json!({"commands": [create, cancel]}))).await;
    for refused in reply.body["results"].as_array().expect("results") {
        assert_eq!(refused["problem"]["title"], "The request requires the scope orders:write", "{refused}");
    }
}

/// API Gateway passes on a list of scopes as `[a b]`. A text with brackets must not pass for a list.
#[tokio::test]
async fn a_scope_with_brackets_gives_no_access() {
    let shop = shop();
    let order = shop.created().await;
    let trick = signed_in("stranger", "[ orders:write orders:admin]");
    let reply = trick.send(command(&order, "cancel")).await.expect("an answer");
    assert_problem(&reply, 403, "not-yours");
}

#[tokio::test]
async fn an_admin_sees_and_changes_every_order() {
    let shop = shop();
    let order = shop.operate(post("/commands/orders").json(&shop.order())).await;
    let order = order.body["order_id"].as_str().expect("an id").to_owned();
    assert_eq!(shop.operate(command(&order, "confirm")).await.status, 200);
    // The order still belongs to the customer.
    assert_eq!(shop.view(&order, 2).await.body["user_id"], shop.user.as_str());
    assert_eq!(shop.operate(get(format!("/queries/orders/{order}"))).await.status, 200);
    let listed = shop.operate(get(format!("/queries/orders?user_id={}", shop.user))).await;
    assert_eq!(listed.body["items"][0]["order_id"], order.as_str());
}
