//! An API with one guarded route whose function returns its event, and valid and invalid tokens for it.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use reqwest::Client;
use serde_json::{Value, json};
use stack_base::http;
use stack_gateway::api::{Route, router};
use stack_gateway::identity::{Authorizer, Guard, Issuer, SigningKey};
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_template::JwtAuthorizer;
use tokio::net::TcpListener;

/// The issuer that the API trusts. The API does not contact it over HTTP.
pub(crate) static ISSUER: LazyLock<Issuer> =
    LazyLock::new(|| Issuer::new("http://issuer.invalid", "shop", SigningKey::generate().unwrap()));

#[derive(Clone, Default)]
struct Echo(Arc<AtomicUsize>);

impl Invoke for Echo {
    fn invoke(
        &self,
        _function: &str,
        payload: Bytes,
        _trace: Option<&str>,
    ) -> impl Future<Output = Result<Invocation, InvokeError>> + Send {
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Invocation { payload, ..Invocation::default() }))
    }
}

/// The running API.
pub(crate) struct Front {
    address: SocketAddr,
    client: Client,
    calls: Arc<AtomicUsize>,
}

/// The response to a request.
#[derive(Debug, PartialEq)]
pub(crate) struct GuardedResponse {
    pub(crate) status: u16,
    pub(crate) challenge: Option<String>,
    pub(crate) body: Value,
}

/// Settings of an authorizer for `issuer` with the audiences `shop` and `office`.
pub(crate) fn settings(issuer: &str) -> JwtAuthorizer {
    let audiences = ["shop", "office"].map(str::to_owned).to_vec();
    JwtAuthorizer {
        name: "Tokens".to_owned(),
        header: "Authorization".to_owned(),
        issuer: issuer.to_owned(),
        audiences,
    }
}

impl Front {
    /// Starts an API that trusts [`ISSUER`] and requires one of these scopes.
    pub(crate) async fn requiring(scopes: &[&str]) -> Self {
        Self::trusting(ISSUER.url(), scopes).await
    }

    /// Starts an API that trusts the issuer at `url` and requires one of these scopes.
    pub(crate) async fn trusting(url: &str, scopes: &[&str]) -> Self {
        let authorizer = Arc::new(Authorizer::new(&settings(url), &ISSUER).unwrap());
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let route = Route {
            method: "GET".to_owned(),
            path: "/orders".to_owned(),
            function: "echo".to_owned(),
            guard: Some(Guard { authorizer, scopes }),
        };
        let echo = Echo::default();
        let router = router(vec![route], None, echo.clone());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(http::serve(listener, router, std::future::pending()));
        let client = http::client(Duration::from_mins(1)).unwrap();
        Self { address, client, calls: echo.0 }
    }

    /// Sends a request with or without an `authorization` header.
    pub(crate) async fn get(&self, authorization: Option<&str>) -> GuardedResponse {
        let mut request = self.client.get(format!("http://{}/orders", self.address));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = request.send().await.unwrap();
        let challenge = response.headers().get("www-authenticate");
        let challenge = challenge.map(|value| value.to_str().unwrap().to_owned());
        GuardedResponse {
            status: response.status().as_u16(),
            challenge,
            body: response.json().await.unwrap(),
        }
    }

    /// Number of calls that reached the function.
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Seconds since the epoch.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Valid claims, overridden by `other`. A null removes a claim.
pub(crate) fn claims(other: &Value) -> Value {
    let mut claims = json!({"iss": ISSUER.url(), "aud": "shop", "sub": "user-1", "scope": "orders:read",
        "iat": now(), "exp": now() + 600});
    for (name, value) in other.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

/// A token of the issuer with valid claims, overridden by `other`.
pub(crate) fn token(other: &Value) -> String {
    ISSUER.sign(&claims(other)).unwrap()
}

/// The first two parts of a token, which the signature covers.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Id of the issuer's key.
pub(crate) fn key_id() -> Value {
    ISSUER.published_keys()["keys"][0]["kid"].clone()
}
