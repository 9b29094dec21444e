//! Converts a request in text form into the event that API Gateway passes to a function.

use std::collections::BTreeMap;

use http_api::GatewayEvent;
use lambda_runtime::Context;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A request in text form: a line with method and address, lines with headers, an empty line, and the body.
#[derive(Debug)]
pub(crate) struct RawRequest<'a> {
    pub(crate) method: &'a str,
    /// The path without percent-encoding, because API Gateway decodes it.
    pub(crate) path: String,
    query: &'a str,
    headers: BTreeMap<String, String>,
    body: Option<&'a str>,
}

impl<'a> RawRequest<'a> {
    /// Reads a request; `None` if an HTTP server would reject it.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let (head, body) = text.split_once("\n\n").map_or((text, None), |(head, body)| (head, Some(body)));
        let mut lines = head.lines();
        let (method, address) = lines.next()?.split_once(' ')?;
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let mut headers = BTreeMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = http::HeaderName::try_from(name).ok()?;
            http::HeaderValue::try_from(value).ok()?;
            headers.insert(name.as_str().to_owned(), value.to_owned());
        }
        Some(Self { method, path, query, headers, body })
    }

    /// Whether the request has the header `name`.
    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The event that a function gets for the request. `caller` has the token's claims and `parameters` the path
    /// parameters.
    pub(crate) fn event(&self, caller: &Value, parameters: &BTreeMap<String, String>) -> GatewayEvent {
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": self.path, "rawQueryString": self.query,
            "headers": self.headers, "pathParameters": parameters, "body": self.body, "isBase64Encoded": false,
            "requestContext": {
                "accountId": "000000000000", "apiId": "local", "requestId": "request", "stage": "$default",
                "http": {"method": self.method, "path": self.path, "protocol": "HTTP/1.1"},
                "authorizer": {"jwt": {"claims": caller}},
            },
        });
        let mut context = Context::default();
        "00000000-0000-4000-8000-000000000001".clone_into(&mut context.request_id);
        GatewayEvent::new(serde_json::from_value(event).unwrap(), context)
    }
}
