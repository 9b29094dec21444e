//! Tests of the keys of an external issuer: fetched, cached, and missing.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use stack_gateway::identity::{Issuer, SigningKey, TokenRequest};
use tokio::net::TcpListener;

use crate::front::{Front, GuardedResponse};

/// Starts an issuer whose configuration has the issuer `name`. Returns it with a counter of the requests for its keys.
async fn issuer(name: impl FnOnce(&str) -> String) -> (Issuer, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/tenant", listener.local_addr().unwrap());
    let issuer = Issuer::new(&url, "shop", SigningKey::generate().unwrap());
    let configuration = json!({"issuer": name(&url), "jwks_uri": format!("{url}/keys")});
    let mut keys = issuer.published_keys();
    // The authorizer must ignore keys of other kinds.
    let others =
        [json!({"kty": "EC", "kid": "e"}), json!({"kty": "RSA", "kid": "broken", "n": "?", "e": "AQAB"})];
    keys["keys"].as_array_mut().unwrap().extend(others);
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let serve_keys = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Json(keys))
    };
    let routes = Router::new()
        .route(
            "/tenant/.well-known/openid-configuration",
            get(move || std::future::ready(Json(configuration))),
        )
        .route("/tenant/keys", get(serve_keys));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (issuer, requests)
}

fn token(issuer: &Issuer) -> String {
    issuer.token(&TokenRequest::new("user-1", "orders:read")).unwrap()
}

fn refused(answer: &GuardedResponse) -> (u16, bool) {
    let challenge = answer.challenge.as_deref().unwrap_or_default();
    (answer.status, challenge.contains("the issuer's keys cannot be read"))
}

#[tokio::test]
async fn keys_are_fetched_once() {
    let (issuer, requests) = issuer(str::to_owned).await;
    let front = Front::trusting(issuer.url(), &["orders:read"]).await;
    for _ in 0..3 {
        let answer = front.get(Some(&token(&issuer))).await;
        assert_eq!((answer.status, answer.challenge), (200, None));
    }
    // An unknown key must not cause another fetch.
    let stranger = Issuer::new(issuer.url(), "shop", SigningKey::generate().unwrap());
    for _ in 0..3 {
        assert_eq!(front.get(Some(&token(&stranger))).await.status, 401);
    }
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unreachable_issuer_admits_nobody() {
    let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let issuer = Issuer::new(&url, "shop", SigningKey::generate().unwrap());
    let front = Front::trusting(&url, &[]).await;
    let answer = front.get(Some(&token(&issuer))).await;
    assert_eq!(refused(&answer), (401, true), "{answer:?}");
    assert_eq!((answer.body, front.calls()), (json!({"message": "Unauthorized"}), 0));
}

#[tokio::test]
async fn a_configuration_of_another_issuer_admits_nobody() {
    let (issuer, requests) = issuer(|url| format!("{url}/")).await;
    let front = Front::trusting(issuer.url(), &[]).await;
    let answer = front.get(Some(&token(&issuer))).await;
    assert_eq!(refused(&answer), (401, true), "{answer:?}");
    assert_eq!((requests.load(Ordering::SeqCst), answer.body), (0, json!({"message": "Unauthorized"})));
}
