//! Calls of the HTTP API, as any client makes them.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

use crate::contract::{self, Reply};

/// Longer than the longest wait that the API offers, and than API Gateway's own 30 seconds.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Calls one stack.
#[derive(Debug, Clone)]
pub struct Caller {
    base_url: String,
    /// Whose calls these are; `None` for nobody's.
    token: Option<String>,
    http: Client,
}

/// One call under construction.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// A POST to `path`.
#[must_use]
pub fn post(path: impl Into<String>) -> Call {
    Call::new(Method::POST, path)
}

/// A PUT to `path`.
#[must_use]
pub fn put(path: impl Into<String>) -> Call {
    Call::new(Method::PUT, path)
}

/// A DELETE of `path`.
#[must_use]
pub fn delete(path: impl Into<String>) -> Call {
    Call::new(Method::DELETE, path)
}

/// A GET of `path`, query string included.
#[must_use]
pub fn get(path: impl Into<String>) -> Call {
    Call::new(Method::GET, path)
}

impl Call {
    /// A call of `path`, query string included.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: None }
    }

    /// Where it goes, query string included.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same call with a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").raw(body.to_string())
    }

    /// The same call with a body as it is.
    #[must_use]
    pub fn raw(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    /// The same call with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl Caller {
    /// A caller of the stack at `base_url` who has no token.
    pub fn new(base_url: &str) -> reqwest::Result<Self> {
        // A second installation is refused, and the first goes on: several callers may live in one process.
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { base_url: base_url.trim_end_matches('/').to_owned(), token: None, http })
    }

    /// The same caller with `token`.
    #[must_use]
    pub fn with(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// Makes `call`, and holds the answer against the contract.
    ///
    /// # Errors
    /// Where no HTTP answer arrives in time, or one whose body is not JSON, or that the contract does not name.
    pub async fn send(&self, call: Call) -> Result<Reply, Box<dyn std::error::Error + Send + Sync>> {
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
        let reply = Reply { status, headers, body };
        contract::check(call.method.as_str(), &call.path, &reply)?;
        Ok(reply)
    }
}
