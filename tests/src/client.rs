//! A client of the HTTP API.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::contract::{self, ApiResponse};

/// The client's timeout. It is longer than the longest wait that the API offers and than API Gateway's limit of 30
/// seconds.
const TIMEOUT: Duration = Duration::from_secs(35);

/// A client of one stack.
#[derive(Debug, Clone)]
pub struct ApiClient {
    base_url: String,
    /// The caller's token; `None` for an anonymous caller.
    token: Option<String>,
    http: Client,
}

/// A request to the API.
#[derive(Debug, Clone)]
pub struct ApiCall {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// A POST to `path`.
#[must_use]
pub fn post(path: impl Into<String>) -> ApiCall {
    ApiCall::new(Method::POST, path)
}

/// A PUT to `path`.
#[must_use]
pub fn put(path: impl Into<String>) -> ApiCall {
    ApiCall::new(Method::PUT, path)
}

/// A DELETE of `path`.
#[must_use]
pub fn delete(path: impl Into<String>) -> ApiCall {
    ApiCall::new(Method::DELETE, path)
}

/// A GET of `path`, which may include a query string.
#[must_use]
pub fn get(path: impl Into<String>) -> ApiCall {
    ApiCall::new(Method::GET, path)
}

/// The most times that a call for a version is sent.
const FRESH_ATTEMPTS: usize = 40;
/// The time between two of these calls. The API answers with `Retry-After: 1`.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Sends `call`, which asks for a version, through `send` until the view has the version. An answer whose view is late
/// has the header `Retry-After`. The API may end a wait early, so one call is not enough. Returns the last response.
pub async fn until_fresh(call: ApiCall, mut send: impl AsyncFnMut(ApiCall) -> ApiResponse) -> ApiResponse {
    let mut reply = send(call.clone()).await;
    for _ in 1..FRESH_ATTEMPTS {
        if reply.header("retry-after").is_empty() {
            break;
        }
        tokio::time::sleep(RETRY_AFTER).await;
        reply = send(call.clone()).await;
    }
    reply
}

impl ApiCall {
    /// A request to `path`, which may include a query string.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    /// The request's path with its query string.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").raw(body.to_string())
    }

    /// Sets the body to the given bytes.
    #[must_use]
    pub fn raw(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl ApiClient {
    /// An anonymous caller of the stack at `base_url`.
    pub fn new(base_url: &str) -> reqwest::Result<Self> {
        // Only the first installation in a process succeeds. The error of a later one is ignored, because a process may
        // have several callers.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), token: None, http })
    }

    /// A copy of this caller with `token`.
    #[must_use]
    pub fn with(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// Sends `call` and checks the response against the contract.
    ///
    /// # Errors
    /// An error if no response arrives in time, if its body is not JSON, or if the contract does not document the
    /// response.
    pub async fn send(&self, call: ApiCall) -> Result<ApiResponse, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = self.http.request(call.method.clone(), format!("{}{}", self.base_url, call.path));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await?;
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        let reply = ApiResponse { status, headers, body };
        contract::check(call.method.as_str(), &call.path, &reply)?;
        Ok(reply)
    }
}
