//! Tests of admitted callers, and of the identity that the function receives.

use serde_json::{Value, json};

use crate::front::{Front, now, token};

#[tokio::test]
async fn the_function_gets_every_claim_as_text_and_the_scopes() {
    let front = Front::requiring(&["orders:write", "orders:read"]).await;
    let token = token(&json!({"exp": 4_102_444_800_u64, "iat": 1_700_000_000, "groups": ["a", "b"],
        "verified": true, "address": {"city": "Kyoto"}}));
    let answer = front.get(Some(&format!("Bearer {token}"))).await;
    assert_eq!((answer.status, answer.challenge), (200, None));
    let jwt = &answer.body["requestContext"]["authorizer"]["jwt"];
    assert_eq!(
        jwt["claims"],
        json!({"iss": "http://issuer.invalid", "aud": "shop", "sub": "user-1", "scope": "orders:read",
            "exp": "4102444800", "iat": "1700000000", "groups": "[a b]", "verified": "true",
            "address": "map[city:Kyoto]"})
    );
    assert_eq!(jwt["scopes"], json!(["orders:read"]));
}

#[tokio::test]
async fn a_token_may_have_the_prefix_bearer() {
    let front = Front::requiring(&[]).await;
    let token = token(&json!({}));
    for authorization in [token.clone(), format!("Bearer {token}"), format!("bearer  {token}")] {
        let answer = front.get(Some(&authorization)).await;
        assert_eq!(answer.status, 200, "{authorization}");
        assert_eq!(answer.body["requestContext"]["authorizer"]["jwt"]["scopes"], Value::Null);
    }
}

#[tokio::test]
async fn one_matching_audience_and_one_matching_scope_are_sufficient() {
    let front = Front::requiring(&["orders:read", "orders:admin"]).await;
    let admitted = [
        json!({"aud": "office"}),
        json!({"aud": ["elsewhere", "office"]}),
        json!({"aud": null, "client_id": "shop"}),
        json!({"scope": "profile orders:admin"}),
        json!({"scope": null, "scp": ["orders:read"]}),
        json!({"scope": null, "scp": "orders:admin openid"}),
        json!({"nbf": now() - 1}),
    ];
    for claims in admitted {
        assert_eq!(front.get(Some(&token(&claims))).await.status, 200, "{claims}");
    }
}
