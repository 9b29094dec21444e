//! Requests in the form that API Gateway passes to functions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use es_core::Timestamp;
use http_api::GatewayEvent;
use lambda_runtime::Context;
use serde_json::{Value, json};
use stack_template::{HttpRoute, Template};

static TEMPLATE: LazyLock<Template> = LazyLock::new(|| {
    let file = stack_template::template_of(&stack_template::project());
    Template::read(&file, &BTreeMap::new(), "http://127.0.0.1:1").unwrap()
});

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulatedCaller {
    /// The claim `sub` of the caller's token.
    pub(crate) subject: String,
    /// Whether the token has the scope `orders:admin`.
    pub(crate) is_admin: bool,
}

/// A function's name. If the function has several routes, a slash and the end of the path follow.
pub(crate) type Route = &'static str;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct SimulatedRequest {
    pub(crate) route: Route,
    /// The path parameter `id`.
    pub(crate) id: Option<String>,
    /// The query string.
    pub(crate) query: String,
    /// The JSON body; null if there is none.
    pub(crate) body: Value,
    pub(crate) caller: SimulatedCaller,
    /// The idempotency key.
    pub(crate) key: Option<String>,
    /// The expected version, which becomes the header `If-Match`.
    pub(crate) if_match: Option<u64>,
    /// How many seconds the function may wait for the requested version.
    pub(crate) wait: Option<u64>,
}

impl SimulatedCaller {
    pub(crate) fn admin() -> Self {
        Self::operator(0)
    }

    /// The admin with this number.
    pub(crate) fn operator(number: u64) -> Self {
        Self { subject: format!("operator-{number}"), is_admin: true }
    }
}

impl SimulatedRequest {
    /// A request of `caller` for `route` without further data.
    pub(crate) fn new(route: Route, caller: SimulatedCaller) -> Self {
        let (query, body) = (String::new(), Value::Null);
        Self { route, id: None, query, body, caller, key: None, if_match: None, wait: None }
    }

    /// The name of the request's function.
    pub(super) fn function(&self) -> &'static str {
        self.route.split('/').next().unwrap()
    }

    /// The method and path of the route in the template.
    fn address(&self) -> (&'static str, &'static str) {
        let end = self.route.trim_start_matches(self.function());
        let is_its = |route: &&HttpRoute| {
            let mut functions = TEMPLATE.functions.iter();
            let function = functions.find(|function| function.name == route.function);
            function.is_some_and(|function| function.binary == self.function()) && route.path.ends_with(end)
        };
        let route =
            TEMPLATE.routes.iter().find(is_its).unwrap_or_else(|| panic!("{} has no route", self.route));
        (&route.method, &route.path)
    }

    /// The scopes of the caller's token: those that the function requires.
    fn scopes(&self) -> &'static str {
        match self.function() {
            _ if self.caller.is_admin => "orders:admin",
            "confirm-order" | "ship-order" | "deliver-order" => "orders:fulfil",
            "submit-batch" => "orders:write orders:fulfil",
            _ => "orders:read orders:write",
        }
    }

    /// The event that the function gets in the invocation `id`, which Lambda ends at `deadline`.
    pub(crate) fn event(&self, id: &str, deadline: Timestamp) -> GatewayEvent {
        let (method, template) = self.address();
        let path = template.replace("{id}", self.id.as_deref().unwrap_or_default());
        let mut headers = json!({ "content-type": "application/json" });
        let optional = [
            ("idempotency-key", self.key.clone()),
            ("if-match", self.if_match.map(|version| format!("\"{version}\""))),
            ("prefer", self.wait.map(|seconds| format!("wait={seconds}"))),
        ];
        for (name, value) in optional.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            headers[name] = value.into();
        }
        let (subject, scope) = (&self.caller.subject, self.scopes());
        let scopes: Vec<_> = scope.split(' ').collect();
        let payload = json!({
            "version": "2.0",
            "routeKey": format!("{method} {template}"),
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": headers,
            "pathParameters": self.id.as_ref().map(|id| json!({ "id": id })),
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "simulated",
                "authorizer": { "jwt": { "claims": { "sub": subject, "scope": scope }, "scopes": scopes } },
                "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.24" },
                "requestId": id,
                "routeKey": format!("{method} {template}"),
                "stage": "$default",
                "timeEpoch": 0
            },
            "body": if self.body.is_null() { Value::Null } else { self.body.to_string().into() },
            "isBase64Encoded": false
        });
        let mut context = Context::default();
        id.clone_into(&mut context.request_id);
        context.deadline = deadline.micros().unsigned_abs() / 1_000;
        GatewayEvent::new(serde_json::from_value(payload).unwrap(), context)
    }
}
