//! Tests of refused callers, with API Gateway's responses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};
use stack_gateway::identity::{Issuer, SigningKey};

use crate::front::{Front, GuardedResponse, ISSUER, claims, key_id, now, token, unsigned};

fn unauthorized(problem: &str) -> GuardedResponse {
    let challenge = format!("Bearer scope=\"\" error=\"invalid_token\" error_description=\"{problem}\"");
    GuardedResponse { status: 401, challenge: Some(challenge), body: json!({"message": "Unauthorized"}) }
}

async fn assert_refused(tokens: &[(String, &str)]) {
    let front = Front::requiring(&[]).await;
    for (token, problem) in tokens {
        let answer = front.get(Some(&format!("Bearer {token}"))).await;
        assert_eq!(answer, unauthorized(problem), "{token}");
    }
    assert_eq!(front.calls(), 0);
}

#[tokio::test]
async fn a_request_without_a_token_is_refused() {
    let front = Front::requiring(&[]).await;
    for authorization in [None, Some(""), Some("Bearer"), Some("Bearer ")] {
        let answer = front.get(authorization).await;
        let body = json!({"message": "Unauthorized"});
        let expected = GuardedResponse { status: 401, challenge: Some("Bearer".to_owned()), body };
        assert_eq!(answer, expected, "{authorization:?}");
    }
    assert_eq!(front.calls(), 0);
}

#[tokio::test]
async fn a_malformed_token_is_refused() {
    let malformed = "the token is malformed";
    let critical = json!({"alg": "RS256", "kid": key_id(), "crit": ["exp"], "exp": 1});
    let good = token(&json!({}));
    assert_refused(&[
        ("nonsense".to_owned(), malformed),
        ("a.b".to_owned(), malformed),
        (format!("{good}.more"), malformed),
        (format!("{good}="), malformed),
        (format!("{}.AA", unsigned(&critical, &claims(&json!({})))), malformed),
        (token(&json!({"exp": "tomorrow"})), malformed),
    ])
    .await;
}

#[tokio::test]
async fn invalid_claims_are_refused() {
    let (audience, expired) = ("the token does not have a valid audience", "the token has expired");
    let (issuer, early) = ("issuer does not match", "the token is not valid yet");
    assert_refused(&[
        (token(&json!({"iss": "http://elsewhere.invalid"})), issuer),
        (token(&json!({"iss": format!("{}/", ISSUER.url())})), issuer),
        (token(&json!({"iss": null})), issuer),
        (token(&json!({"aud": "elsewhere"})), audience),
        (token(&json!({"aud": []})), audience),
        (token(&json!({"aud": null})), audience),
        (token(&json!({"aud": "elsewhere", "client_id": "shop"})), audience),
        (token(&json!({"exp": now() - 1})), expired),
        (token(&json!({"exp": null})), expired),
        (token(&json!({"nbf": now() + 60})), early),
        (token(&json!({"iat": now() + 60})), early),
    ])
    .await;
}

#[tokio::test]
async fn a_signature_of_another_key_is_refused() {
    let good = token(&json!({}));
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = head.split_once('.').unwrap();
    let other_claims = URL_SAFE_NO_PAD.encode(claims(&json!({"sub": "user-2"})).to_string());
    let stranger = Issuer::new(ISSUER.url(), "shop", SigningKey::generate().unwrap());
    let by_stranger = stranger.sign(&claims(&json!({}))).unwrap();
    let (_, foreign_signature) = by_stranger.rsplit_once('.').unwrap();
    let nameless = unsigned(&json!({"alg": "RS256"}), &claims(&json!({})));
    let invalid = "the signature is invalid";
    let unknown = "the issuer has no key for the token";
    assert_refused(&[
        (format!("{header}.{other_claims}.{signature}"), invalid),
        (format!("{head}.{foreign_signature}"), invalid),
        (format!("{head}."), invalid),
        (by_stranger.clone(), unknown),
        (format!("{nameless}.{signature}"), unknown),
    ])
    .await;
}

/// The known attacks on signatures: no signature, and the public key used as an HMAC secret.
#[tokio::test]
async fn algorithms_other_than_rsa_are_refused() {
    let header = |algorithm: &str| json!({"alg": algorithm, "kid": key_id(), "typ": "JWT"});
    let mut tokens = Vec::new();
    for none in ["none", "None", "NONE", ""] {
        tokens.push(format!("{}.", unsigned(&header(none), &claims(&json!({})))));
    }
    let published = ISSUER.published_keys();
    let modulus = published["keys"][0]["n"].as_str().unwrap();
    let secrets: [Vec<u8>; 4] = [
        Vec::new(),
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        published["keys"][0].to_string().into_bytes(),
    ];
    for secret in secrets {
        let text = unsigned(&header("HS256"), &claims(&json!({})));
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), text.as_bytes());
        tokens.push(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)));
    }
    for other in ["ES256", "EdDSA", "PS256", "RS1"] {
        tokens.push(format!("{}.AAAA", unsigned(&header(other), &claims(&json!({})))));
    }
    let tokens: Vec<_> =
        tokens.into_iter().map(|token| (token, "the signing algorithm is not supported")).collect();
    assert_refused(&tokens).await;
}

/// The key is restricted to RS256, so a signature with another algorithm is not verified.
#[tokio::test]
async fn an_algorithm_other_than_the_keys_is_refused() {
    let text = unsigned(&json!({"alg": "RS512", "kid": key_id()}), &claims(&json!({})));
    assert_refused(&[(format!("{text}.AAAA"), "the signing algorithm is not supported")]).await;
}

#[tokio::test]
async fn a_token_without_a_required_scope_is_refused() {
    let front = Front::requiring(&["orders:write", "orders:admin"]).await;
    let scopes = [
        json!("orders:read"),
        json!(""),
        Value::Null,
        json!("orders:writes ORDERS:WRITE"),
        json!("orders:write\torders:admin"),
        json!("[orders:write]"),
        json!(["orders:write orders:admin"]),
        json!([["orders:write"]]),
    ];
    for scope in scopes {
        let answer = front.get(Some(&token(&json!({"scope": scope})))).await;
        let challenge = "Bearer scope=\"orders:write orders:admin\" error=\"insufficient_scope\" \
            error_description=\"the token has none of the required scopes\"";
        let body = json!({"message": "Forbidden"});
        assert_eq!(
            answer,
            GuardedResponse { status: 403, challenge: Some(challenge.to_owned()), body },
            "{scope}"
        );
    }
    assert_eq!(front.calls(), 0);
}
