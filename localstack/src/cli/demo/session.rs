//! HTTP calls of the demo: each is sent, shown and checked.

use std::io::Write;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::Value;
use stack_base::http;
use stack_gateway::identity::{Issuer, TokenRequest};

use stack_template::Template;

use super::difference::DemoError;
use crate::cli::shop;
use crate::stack::RunningStack;

/// The longest wait for a response. It is slightly longer than API Gateway's limit of 30 s.
const TIMEOUT: Duration = Duration::from_secs(35);
/// The most characters of a body that are shown.
const SHOWN: usize = 100;

/// A request to send.
#[derive(Debug, Clone)]
pub(super) struct DemoRequest<'c> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<&'c Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl DemoRequest<'_> {
    /// A GET request without headers.
    pub(super) fn get(path: String) -> Self {
        DemoRequest { method: Method::GET, path, body: None, headers: Vec::new() }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// A response and the time of its arrival.
#[derive(Debug)]
pub(super) struct Response {
    call: String,
    status: u16,
    headers: reqwest::header::HeaderMap,
    pub(super) body: Value,
    pub(super) at: Instant,
}

impl Response {
    /// Checks a header.
    ///
    /// # Errors
    /// [`DemoError::Differs`].
    pub(super) fn has_header(&self, name: &str, expected: &str) -> Result<(), DemoError> {
        self.same(&format!("header {name}"), expected, self.header(name))
    }

    /// The value of the header `name`, or `(absent)`.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("(absent)")
    }

    /// Checks a member of the body.
    ///
    /// # Errors
    /// [`DemoError::Differs`].
    pub(super) fn has(&self, member: &str, expected: &Value) -> Result<(), DemoError> {
        let found = self.body.get(member).unwrap_or(&Value::Null);
        if found == expected { Ok(()) } else { self.differs(member, expected, found) }
    }

    /// Fails with the part that differs.
    ///
    /// # Errors
    /// Always [`DemoError::Differs`].
    pub(super) fn differs(
        &self,
        what: &str,
        expected: &impl ToString,
        found: &impl ToString,
    ) -> Result<(), DemoError> {
        let (call, what) = (self.call.clone(), what.to_owned());
        Err(DemoError::Differs { call, what, expected: expected.to_string(), found: found.to_string() })
    }

    fn same(&self, what: &str, expected: &str, found: &str) -> Result<(), DemoError> {
        if expected == found { Ok(()) } else { self.differs(what, &expected, &found) }
    }
}

/// Sends the calls and writes them to the output.
pub(super) struct Session<'w, W> {
    client: Client,
    base_url: String,
    issuer: Issuer,
    template: &'w Template,
    token: Option<String>,
    out: &'w mut W,
}

impl<'w, W: Write> Session<'w, W> {
    /// A session with the HTTP API of `stack`. No caller is signed in yet.
    ///
    /// # Errors
    /// [`DemoError::Client`].
    pub(super) fn new(stack: &'w RunningStack, out: &'w mut W) -> Result<Self, DemoError> {
        let client = http::client(TIMEOUT).map_err(DemoError::Client)?;
        let (base_url, issuer) = (stack.base_url().to_owned(), stack.issuer().clone());
        Ok(Self { client, base_url, issuer, template: stack.template(), token: None, out })
    }

    /// Makes later calls as `subject`, with a token that has the scopes in `scope`, by the names that the stack knows.
    ///
    /// # Errors
    /// [`DemoError::Token`], [`DemoError::Output`].
    pub(super) fn sign_in(&mut self, subject: &str, scope: &str) -> Result<(), DemoError> {
        let scope = shop::in_tokens(self.template, scope);
        self.token = Some(self.issuer.token(&TokenRequest::new(subject, scope.as_str()))?);
        self.show(&format!("  as {subject} ({scope})"))
    }

    /// Makes later calls without a token.
    pub(super) fn sign_out(&mut self) {
        self.token = None;
    }

    /// Shows a line.
    ///
    /// # Errors
    /// [`DemoError::Output`].
    pub(super) fn show(&mut self, line: &str) -> Result<(), DemoError> {
        writeln!(self.out, "{line}")?;
        Ok(self.out.flush()?)
    }

    /// Sends a call, shows it with its response and latency, and checks that the status is `status`.
    ///
    /// # Errors
    /// [`DemoError::NoAnswer`], [`DemoError::Differs`], [`DemoError::Output`].
    pub(super) async fn send(&mut self, call: DemoRequest<'_>, status: u16) -> Result<Response, DemoError> {
        let name = call.name();
        let no_answer =
            |error: reqwest::Error| DemoError::NoAnswer { call: name.clone(), problem: error.to_string() };
        let mut request = self.client.request(call.method.clone(), format!("{}{}", self.base_url, call.path));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let sent = Instant::now();
        let response = request.send().await.map_err(no_answer)?;
        let (found, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.map_err(no_answer)?;
        let at = Instant::now();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Response { call: name.clone(), status: found, headers, body, at };
        self.show(&format!("  {name}\n    {found} {}  {}", short(&text), milliseconds(at - sent)))?;
        if answer.status != status {
            answer.differs("status", &status, &format!("{found}: {}", short(&text)))?;
        }
        Ok(answer)
    }
}

/// Formats a duration like `12.3 ms`.
pub(super) fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn short(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
