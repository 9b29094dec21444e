//! Requests as API Gateway sends them, cut down to what a test is about.

use aws_lambda_events::encodings::Body;
use http_api::{GatewayEvent, GatewayResponse, Request};
use lambda_runtime::Context;
use serde_json::{Map, Value, json};

/// A request under construction.
pub(crate) struct Sent(Value);

/// A POST to `/commands/things/7`.
pub(crate) fn post() -> Sent {
    sent("POST", "/commands/things/7")
}

/// A GET of `/queries/things`.
pub(crate) fn get() -> Sent {
    sent("GET", "/queries/things")
}

fn sent(method: &str, path: &str) -> Sent {
    let http = json!({"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.1"});
    Sent(json!({"version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {},
        "requestContext": {"http": http, "timeEpoch": 0}, "isBase64Encoded": false}))
    .subject("user-1")
}

impl Sent {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.0["headers"][name] = value.into();
        self
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

    pub(crate) fn path(mut self, name: &str, value: &str) -> Self {
        self.0["pathParameters"] = Value::Object(Map::from_iter([(name.to_owned(), value.into())]));
        self
    }

    pub(crate) fn subject(self, subject: &str) -> Self {
        self.claims(&json!({"sub": subject}))
    }

    pub(crate) fn claims(mut self, claims: &Value) -> Self {
        self.0["requestContext"]["authorizer"] = json!({"jwt": {"claims": claims, "scopes": null}});
        self
    }

    /// As it comes over a route without an authorizer.
    pub(crate) fn anonymous(mut self) -> Self {
        self.0["requestContext"]["authorizer"].take();
        self
    }

    pub(crate) fn request(self) -> Request {
        let mut context = Context::default();
        context.request_id = String::from("request-1");
        let payload = serde_json::from_value(self.0).expect("a payload 2.0");
        Request::new(GatewayEvent::new(payload, context))
    }
}

/// The JSON in the body of `response`.
pub(crate) fn body(response: &GatewayResponse) -> Value {
    match &response.body {
        Some(Body::Text(text)) => serde_json::from_str(text).expect("JSON"),
        other => panic!("no text body: {other:?}"),
    }
}
