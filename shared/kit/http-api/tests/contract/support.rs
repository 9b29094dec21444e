//! Requests as API Gateway sends them, reduced to the parts that the tests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lambda_events::encodings::Body;
use es_core::{Clock, TimeAndKeys, Timestamp};
use http_api::{Api, GatewayEvent, GatewayResponse, Request, ScopeNames, Waits};
use lambda_runtime::Context;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The time at which every request of a test is received, in microseconds.
pub(crate) const NOW: i64 = 1_500_000_000_123_456;

/// A fixed time and keys that count up.
#[derive(Debug, Default)]
pub(crate) struct CountingSource(AtomicU64);

impl Clock for CountingSource {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(NOW).expect("the time is valid")
    }
}

impl TimeAndKeys for CountingSource {
    fn key(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

/// An API of things.
pub(crate) fn api() -> Api {
    let source = Arc::new(CountingSource::default());
    Api {
        admin_scope: "things:admin",
        reader_scopes: &["things:audit"],
        scope_names: ScopeNames::default(),
        problem_types: "urn:things:problem:",
        source,
        waits: Waits::default(),
    }
}

/// A builder for a request.
pub(crate) struct RequestBuilder(Value);

/// A POST to `/commands/things/7`.
pub(crate) fn post() -> RequestBuilder {
    sent("POST", "/commands/things/7")
}

/// A GET of `/queries/things`.
pub(crate) fn get() -> RequestBuilder {
    sent("GET", "/queries/things")
}

fn sent(method: &str, path: &str) -> RequestBuilder {
    let http = json!({"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1"});
    RequestBuilder(json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {"http": http, "timeEpoch": 0}, "isBase64Encoded": false}))
    .subject("user-1")
}

impl RequestBuilder {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = value.into();
        self
    }

    /// A header that is not text: a version in curly quotes.
    pub(crate) fn curly(self, name: &str) -> Self {
        self.header(name, "\u{201c}9\u{201d}")
    }

    pub(crate) fn body(mut self, text: &str) -> Self {
        self.0["body"] = text.into();
        self
    }

    pub(crate) fn base64_body(mut self, text: &str) -> Self {
        self.0["isBase64Encoded"] = true.into();
        self.body(text)
    }

    pub(crate) fn query(mut self, raw: &str) -> Self {
        self.0["rawQueryString"] = raw.into();
        self
    }

    /// The key of the route that API Gateway has chosen.
    pub(crate) fn route(mut self, key: &str) -> Self {
        self.0["requestContext"]["routeKey"] = key.into();
        self
    }

    pub(crate) fn path(mut self, name: &str, value: &str) -> Self {
        self.0["pathParameters"] = Value::Object(Map::from_iter([(name.to_owned(), value.into())]));
        self
    }

    pub(crate) fn subject(self, subject: &str) -> Self {
        self.claims(&json!({"sub": subject}))
    }

    /// The claims of a token, as API Gateway passes on those of a token with texts only.
    pub(crate) fn claims(self, claims: &Value) -> Self {
        let scopes = claims["scope"].as_str().or(claims["scp"].as_str()).map(|text| text.split(' '));
        let scopes: Vec<_> = scopes.into_iter().flatten().collect();
        self.authorizer(claims, &json!(scopes))
    }

    /// The claims as texts, and the scopes that the authorizer lists.
    pub(crate) fn authorizer(mut self, claims: &Value, scopes: &Value) -> Self {
        self.0["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": scopes}});
        self
    }

    /// Removes the authorizer, as if the route had none.
    pub(crate) fn anonymous(mut self) -> Self {
        self.0["requestContext"]["authorizer"].take();
        self
    }

    pub(crate) fn request(self) -> Request {
        self.request_of(&api())
    }

    pub(crate) fn request_of(self, api: &Api) -> Request {
        let mut context = Context::default();
        context.request_id = String::from("request-1");
        let payload = serde_json::from_value(self.0).expect("the payload has the format 2.0");
        api.request(GatewayEvent::new(payload, context))
    }
}

/// The JSON in the body of `response`.
pub(crate) fn body(response: &GatewayResponse) -> Value {
    match &response.body {
        Some(Body::Text(text)) => serde_json::from_str(text).expect("the body is JSON"),
        other => panic!("the body must be text: {other:?}"),
    }
}
