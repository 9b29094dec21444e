//! Tests of the issuer's routes, and of its key file.

use std::os::unix::fs::PermissionsExt;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::keys::KeySet;
use super::token::{self, ParsedToken};
use super::{Issuer, SigningKey, router};

const URL: &str = "http://127.0.0.1:3001";

async fn send(issuer: &Issuer, request: Request<Body>) -> (u16, HeaderMap, Value) {
    let response = router(issuer.clone()).oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 65_536).await.unwrap();
    (head.status.as_u16(), head.headers, serde_json::from_slice(&body).unwrap())
}

fn token_request(form: &str, host: &str) -> Request<Body> {
    Request::post("/oauth2/token").header("host", host).body(Body::from(form.to_owned())).unwrap()
}

fn issuer() -> Issuer {
    Issuer::new(URL, "local", SigningKey::generate().unwrap())
}

#[tokio::test]
async fn the_configuration_leads_to_the_keys_that_sign_the_tokens() {
    let issuer = issuer();
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let (_, _, configuration) = send(&issuer, get("/.well-known/openid-configuration")).await;
    assert_eq!(configuration["issuer"], URL);
    let keys = configuration["jwks_uri"].as_str().unwrap().strip_prefix(URL).unwrap();
    let (status, _, keys) = send(&issuer, get(keys)).await;
    assert_eq!((status, &keys["keys"][0]["kty"]), (200, &json!("RSA")));
    assert!(keys["keys"][0].get("d").is_none(), "the private key must not be published");

    let form = "grant_type=client_credentials&client_id=user-1&scope=a+b&audience=x&expires_in=60";
    let (status, headers, answer) = send(&issuer, token_request(form, "127.0.0.1:3001")).await;
    assert_eq!(
        (status, &headers["cache-control"], &answer["expires_in"]),
        (200, &"no-store".parse().unwrap(), &json!(60))
    );
    let token = ParsedToken::parse(answer["access_token"].as_str().unwrap()).unwrap();
    let key = KeySet::from_document(&keys).get(token.header.kid.as_deref().unwrap()).unwrap();
    key.check(&token).unwrap();
    assert_eq!((&token.claims["sub"], &token.claims["aud"]), (&json!("user-1"), &json!("x")));
    assert_eq!(token::scopes(&token.claims), ["a", "b"]);
}

#[tokio::test]
async fn a_web_page_gets_no_token() {
    let (issuer, form) = (issuer(), "grant_type=client_credentials&client_id=user-1");
    for host in ["rebound.example:3001", "127.0.0.1.example", ""] {
        assert_eq!(send(&issuer, token_request(form, host)).await.0, 403, "{host}");
    }
    let mut from_page = token_request(form, "localhost:3001");
    from_page.headers_mut().insert("origin", "http://localhost:8080".parse().unwrap());
    assert_eq!(send(&issuer, from_page).await.0, 403);
    assert_eq!(send(&issuer, token_request(form, "localhost:3001")).await.0, 200);
}

#[tokio::test]
async fn an_invalid_token_request_is_refused_with_its_error_code() {
    let issuer = issuer();
    for (form, error) in [
        ("client_id=user-1", "unsupported_grant_type"),
        ("grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_id=", "invalid_request"),
        ("grant_type=client_credentials&client_id=u&expires_in=soon", "invalid_request"),
        ("grant_type=client_credentials&client_id=u&admin=1", "invalid_request"),
    ] {
        let (status, _, answer) = send(&issuer, token_request(form, "localhost")).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{form}");
    }
}

#[test]
fn the_key_file_is_readable_by_its_user_only() {
    let directory = std::env::temp_dir().join(format!("localstack-key-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&directory).unwrap();
    let first = SigningKey::read_or_create(&directory).unwrap();
    assert_eq!(SigningKey::read_or_create(&directory).unwrap().id, first.id);
    assert_ne!(SigningKey::generate().unwrap().id, first.id);
    let file = directory.join("issuer-key.der");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&file, "nonsense").unwrap();
    let refused = SigningKey::read_or_create(&directory).unwrap_err().to_string();
    assert!(refused.contains("issuer-key.der cannot be used") && !refused.contains('\n'), "{refused}");
    std::fs::remove_dir_all(directory).unwrap();
}
