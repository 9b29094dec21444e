//! API Gateway's side of a function: the sample requests in `events/`, and the responses.

use std::fs;
use std::path::{Path, PathBuf};

use http_api::{GatewayEvent, GatewayResponse};
use lambda_runtime::Context;
use serde_json::{Value, json};

/// A response as the caller gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// The HTTP status.
    pub status: i64,
    /// The body as JSON; null if there is no body.
    pub body: Value,
    response: GatewayResponse,
}

impl Answered {
    /// The header `name`; empty if the header is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.response.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl From<GatewayResponse> for Answered {
    fn from(response: GatewayResponse) -> Self {
        let json = serde_json::to_value(&response).unwrap();
        let body = json["body"].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
        Self { status: response.status_code, body, response }
    }
}

/// All sample requests of `function`, each with its name. There is at least one.
#[must_use]
pub fn samples(function: &str) -> Vec<(String, GatewayEvent)> {
    let mut files: Vec<_> =
        fs::read_dir(folder(function)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{function} must have a sample");
    let named = |path: &PathBuf| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(path));
    files.iter().map(named).collect()
}

/// The sample request `name` of `function`.
#[must_use]
pub fn sample(function: &str, name: &str) -> GatewayEvent {
    read(&folder(function).join(format!("{name}.json")))
}

/// `event` with a caller whose token has the `subject` and the `scope`. Scopes are separated by spaces.
#[must_use]
pub fn signed_in(mut event: GatewayEvent, subject: &str, scope: &str) -> GatewayEvent {
    let scopes: Vec<_> = scope.split(' ').collect();
    let authorizer = json!({ "jwt": { "claims": { "sub": subject, "scope": scope }, "scopes": scopes } });
    event.payload.request_context.authorizer = Some(serde_json::from_value(authorizer).unwrap());
    event
}

/// `event` as it would arrive from a route without an authorizer.
#[must_use]
pub fn anonymous(mut event: GatewayEvent) -> GatewayEvent {
    event.payload.request_context.authorizer = None;
    event
}

fn folder(function: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../events").join(function)
}

fn read(path: &Path) -> GatewayEvent {
    let payload = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut context = Context::default();
    context.request_id = String::from("00000000-0000-4000-8000-000000000001");
    GatewayEvent::new(payload, context)
}
