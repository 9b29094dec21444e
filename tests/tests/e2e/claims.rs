//! Tests which scopes a token gives, from its signature to the handler: through the embedded authorizer, the event and
//! the handler's reading of the event. No token may give a scope that a correct reading of its JSON does not give.

use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use es_core::Timestamp;
use proptest::prelude::*;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};
use stack_gateway::identity::{Authorizer, Guard, Issuer, SigningKey};
use stack_template::JwtAuthorizer;
use testing::StoppedClock;
use testing::gateway::sample;

/// The scopes of the batch route. A caller needs one of them.
const SCOPES: [&str; 3] = ["orders:write", "orders:fulfil", "orders:admin"];

static ISSUER: LazyLock<Issuer> =
    LazyLock::new(|| Issuer::new("http://issuer.invalid", "shop", SigningKey::generate().unwrap()));

static GUARD: LazyLock<Guard> = LazyLock::new(|| {
    let settings = JwtAuthorizer {
        name: "Tokens".to_owned(),
        header: "Authorization".to_owned(),
        issuer: ISSUER.url().to_owned(),
        audiences: vec!["shop".to_owned()],
    };
    let authorizer = Arc::new(Authorizer::new(&settings, &ISSUER).unwrap());
    Guard { authorizer, scopes: SCOPES.map(str::to_owned).to_vec() }
});

/// The scopes of [`SCOPES`] that a token with these claims gives to a handler. There are none if the authorizer refuses
/// the token.
fn given(claims: &Value) -> Vec<&'static str> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut all = json!({"iss": ISSUER.url(), "aud": "shop", "sub": "user-1", "iat": now, "exp": now + 600});
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    let token = ISSUER.sign(&all).unwrap();
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse().unwrap())]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let Ok(identity) = runtime.block_on(GUARD.admit(&headers)) else { return Vec::new() };
    let mut event = sample("submit-batch", "mixed");
    let authorizer = json!({ "jwt": identity });
    event.payload.request_context.authorizer = Some(serde_json::from_value(authorizer).unwrap());
    let request = commands::api(Arc::new(StoppedClock(Timestamp::MIN))).request(event);
    let caller = request.caller().unwrap();
    assert_eq!(caller.is_admin(), caller.has_scope("orders:admin"));
    SCOPES.into_iter().filter(|scope| caller.has_scope(scope)).collect()
}

/// A correct reading of the token's JSON: the claim `scope`, or else `scp`, is a text with spaces between the scopes
/// (RFC 8693, section 4.2), or a list of scopes.
fn read(claims: &Value) -> Vec<&'static str> {
    let claim = claims.get("scope").or_else(|| claims.get("scp")).unwrap_or(&Value::Null);
    let has = |scope: &str| match claim {
        Value::String(text) => text.split(' ').any(|word| word == scope),
        Value::Array(items) => items.iter().any(|item| item == scope),
        _ => false,
    };
    SCOPES.into_iter().filter(|scope| has(scope)).collect()
}

/// Texts of scopes, and of everything that a wrong parser could take for a separator or for a list.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => prop::sample::select(SCOPES.to_vec()),
        4 => Just(" "),
        4 => prop::sample::select(vec!["[", "]", ",", "\"", "\t", "\n", "\u{a0}", "'", "{", "}", "map[", "x"]),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

/// A JSON value of any type.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        8 => text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            1 => (text(), inner).prop_map(|(name, value)| json!({ name: value })),
        ]
    })
}

proptest! {
    #[test]
    fn no_token_gives_a_scope_that_its_json_does_not_have(
        scope in prop::option::of(value()),
        scp in prop::option::of(value()),
    ) {
        let mut claims = json!({});
        for (name, value) in [("scope", scope), ("scp", scp)] {
            if let Some(value) = value {
                claims[name] = value;
            }
        }
        let (given, read) = (given(&claims), read(&claims));
        prop_assert!(given.iter().all(|scope| read.contains(scope)), "{claims} gives {given:?}");
    }

    #[test]
    fn a_text_or_a_list_of_scopes_gives_all_of_them(
        scopes in prop::collection::vec(prop::sample::select(vec!["orders:write", "orders:fulfil", "orders:admin", "openid"]), 0..5),
        name in prop::sample::select(vec!["scope", "scp"]),
    ) {
        for claims in [json!({ name: scopes.join(" ") }), json!({ name: scopes })] {
            prop_assert_eq!(given(&claims), read(&claims), "{}", claims);
        }
    }
}

#[test]
fn a_text_with_brackets_is_not_a_list() {
    assert_eq!(given(&json!({"scope": "[ orders:write orders:admin]"})), ["orders:write"]);
    assert_eq!(given(&json!({"scope": "[orders:admin orders:write ]"})), ["orders:write"]);
    assert_eq!(given(&json!({"scope": ["orders:write", "orders:admin"]})), ["orders:write", "orders:admin"]);
    assert_eq!(given(&json!({"scope": ["orders:write", "x orders:admin"]})), ["orders:write"]);
    assert!(given(&json!({"scope": "orders:write\torders:admin"})).is_empty());
}
