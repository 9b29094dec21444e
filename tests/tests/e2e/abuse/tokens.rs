//! Tests stolen tokens, idempotency keys and requests.

use e2e::{TokenRequest, get, post, target};

use crate::abuse::support::{
    anonymous, assert_refused, create_order, customer, customers_token, offer_kettle, order, send, stranger,
};

#[tokio::test]
async fn another_customers_key_creates_a_separate_order() {
    offer_kettle().await;
    let (anna, ben) = (customer(&stranger()), customer(&stranger()));
    let keyed = || order().header("idempotency-key", "the-same-key");
    let first = send(&anna, keyed()).await;
    let second = send(&ben, keyed()).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.body["order_id"], second.body["order_id"]);
    assert_eq!(second.header("idempotent-replayed"), "");
    assert_eq!(send(&anna, keyed()).await.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn an_overheard_request_is_useless_with_another_token() {
    let (anna, ben) = (customer(&stranger()), customer(&stranger()));
    let id = create_order(&anna).await;
    let cancel = || post(format!("/commands/orders/{id}/cancel")).header("idempotency-key", "overheard");
    assert_eq!(send(&anna, cancel()).await.status, 200);
    let replayed = send(&ben, cancel()).await;
    assert_eq!((replayed.status, replayed.problem()), (403, "not-yours"), "{}", replayed.body);
    for path in [format!("/queries/orders/{id}"), format!("/queries/orders/{id}/events")] {
        let hidden = send(&ben, get(path)).await;
        assert_eq!((hidden.status, hidden.problem()), (404, "not-found"));
    }
}

#[tokio::test]
async fn an_expired_token_ends_all_access() {
    offer_kettle().await;
    let id = stranger();
    let keyed = || order().header("idempotency-key", "opened-before");
    assert_eq!(send(&customer(&id), keyed()).await.status, 201);
    let own = TokenRequest::new(&id, "orders:read orders:write");
    let expired = TokenRequest { expires_in: -1, ..own };
    let expired = target().expect("a stack").tokens.get(&expired).expect("a token");
    let expired = anonymous().with(expired);
    assert_refused(&send(&expired, keyed()).await, 401, "Unauthorized");
    assert_refused(&send(&expired, get("/queries/orders")).await, 401, "Unauthorized");
}

#[tokio::test]
async fn a_token_is_accepted_in_its_header_only() {
    let token = customers_token(&stranger());
    let elsewhere = [
        get(format!("/queries/orders?access_token={token}")),
        get("/queries/orders").header("cookie", format!("authorization={token}")),
        get("/queries/orders").header("x-authorization", format!("Bearer {token}")),
        get("/queries/orders").header("authorization", format!("Basic {token}")),
    ];
    for call in elsewhere {
        assert_refused(&send(&anonymous(), call).await, 401, "Unauthorized");
    }
}
