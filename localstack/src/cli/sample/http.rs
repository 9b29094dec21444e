//! Samples of functions behind the HTTP API: events of API Gateway in payload format 2.0.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::IgnoredAny;
use stack_template::{Function, HttpRoute, Template};

use super::arguments::{SampleArguments, USER};
use super::error::SampleError;
use super::pairs::{Pairs, digest, hex, uuid};

/// The caller's scopes if the route accepts one of them. Otherwise the caller has the route's first scope.
const SCOPES: &str = "orders:read orders:write";
const DOMAIN_PREFIX: &str = "abcde12345";
const DOMAIN: &str = "abcde12345.execute-api.eu-central-1.amazonaws.com";
const SOURCE_IP: &str = "203.0.113.24";
const USER_AGENT: &str = "curl/8.7.1";
/// The characters that a query string encodes. Clients leave the removed ones unencoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b',')
    .remove(b'/');
/// The content types whose body API Gateway passes on as text, besides `text/*`. It encodes other bodies in Base64.
const TEXT: &[&str] = &["application/json", "application/javascript", "application/xml"];

/// The ids of an event, which differ between two requests.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    pub(super) request: String,
    pub(super) trace: String,
    pub(super) token: String,
}

impl Ids {
    /// Derives the ids from the names of the function and of the sample, so the same sample always has the same ids.
    fn from_sample(function: &str, name: &str) -> Self {
        let digest = digest(&format!("{function}/{name}"));
        let (mut token, mut request) = ([0; 16], [0; 11]);
        token.copy_from_slice(&digest[..16]);
        request.copy_from_slice(&digest[21..]);
        Self {
            request: URL_SAFE.encode(request),
            trace: format!("Root=1-6921a000-{}", hex(&digest[9..21])),
            token: uuid(token).to_string(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpEvent<'e> {
    version: &'static str,
    route_key: &'e str,
    raw_path: &'e str,
    raw_query_string: String,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Pairs<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_parameters: Option<Pairs<String, String>>,
    request_context: RequestContext<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'e> {
    account_id: &'static str,
    api_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer<'e>>,
    domain_name: &'static str,
    domain_prefix: &'static str,
    http: Http<'e>,
    request_id: &'e str,
    route_key: &'e str,
    stage: &'static str,
    time: &'static str,
    time_epoch: u64,
}

#[derive(Serialize)]
struct Authorizer<'e> {
    jwt: Jwt<'e>,
}

#[derive(Serialize)]
struct Jwt<'e> {
    claims: Claims<'e>,
    scopes: Vec<&'e str>,
}

#[derive(Serialize)]
struct Claims<'e> {
    aud: &'static str,
    client_id: &'static str,
    exp: &'static str,
    iat: &'static str,
    iss: &'static str,
    jti: &'e str,
    scope: &'e str,
    sub: &'e str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'e> {
    method: &'e str,
    path: &'e str,
    protocol: &'static str,
    source_ip: &'static str,
    user_agent: &'e str,
}

/// The event of a request to `function`, with the values of the options.
///
/// # Errors
/// [`SampleError`].
pub(super) fn event(
    template: &Template,
    function: &Function,
    arguments: &SampleArguments,
) -> Result<String, SampleError> {
    let route = route(template, function, arguments.route.as_deref())?;
    with_ids(route, arguments, &Ids::from_sample(&function.binary, &arguments.name))
}

fn route<'t>(
    template: &'t Template,
    function: &Function,
    wanted: Option<&str>,
) -> Result<&'t HttpRoute, SampleError> {
    // A HEAD route has the same function as its GET route, so it is chosen only if the options name HEAD.
    let is_meant = |route: &&HttpRoute| wanted.is_some() || route.method != "HEAD";
    let of_function = template.routes.iter().filter(|route| route.function == function.name);
    let routes: Vec<&HttpRoute> = of_function.filter(is_meant).collect();
    let found: Vec<&&HttpRoute> =
        routes.iter().filter(|route| wanted.is_none_or(|wanted| key(route) == wanted)).collect();
    match found.as_slice() {
        [route] => Ok(route),
        _ => Err(SampleError::Route {
            function: function.binary.clone(),
            known: routes.iter().map(|route| key(route)).collect::<Vec<_>>().join(", "),
            first: routes.first().map(|route| key(route)).unwrap_or_default(),
        }),
    }
}

fn key(route: &HttpRoute) -> String {
    format!("{} {}", route.method, route.path)
}

/// The event of a request to `route` with the given ids.
pub(super) fn with_ids(
    route: &HttpRoute,
    arguments: &SampleArguments,
    ids: &Ids,
) -> Result<String, SampleError> {
    let route_key = key(route);
    let (raw_path, path_parameters) = path(route, &arguments.path)?;
    let body = arguments.body.as_deref();
    if let Some(body) = body {
        serde_json::from_str::<IgnoredAny>(body).map_err(|problem| SampleError::Body { problem })?;
    }
    let headers = headers(arguments, body, ids)?;
    let is_base64_encoded = body.is_some() && !headers.get("content-type").is_some_and(|kind| is_text(kind));
    let body = body.map(|body| if is_base64_encoded { STANDARD.encode(body) } else { body.to_owned() });
    let user_agent = headers.get("user-agent").cloned().unwrap_or_default();
    let scope = scope(route, arguments.scopes.as_deref());
    let method = match (route.method.as_str(), &body) {
        ("ANY", Some(_)) => "POST",
        ("ANY", None) => "GET",
        (method, _) => method,
    };
    let event = HttpEvent {
        version: "2.0",
        route_key: &route_key,
        raw_path: &raw_path,
        raw_query_string: query_string(&arguments.query),
        headers,
        query_string_parameters: non_empty(query_parameters(&arguments.query)),
        path_parameters: non_empty(path_parameters),
        request_context: RequestContext {
            account_id: "123456789012",
            api_id: DOMAIN_PREFIX,
            authorizer: route.authorization.as_ref().map(|_| Authorizer {
                jwt: Jwt {
                    claims: Claims {
                        aud: "orders-api",
                        client_id: "storefront",
                        exp: "1795354200",
                        iat: "1795350000",
                        iss: "https://login.example.com/shop",
                        jti: &ids.token,
                        scope: &scope,
                        sub: arguments.user.as_deref().unwrap_or(USER),
                    },
                    scopes: scope.split(' ').filter(|scope| !scope.is_empty()).collect(),
                },
            }),
            domain_name: DOMAIN,
            domain_prefix: DOMAIN_PREFIX,
            http: Http {
                method,
                path: &raw_path,
                protocol: "HTTP/1.1",
                source_ip: SOURCE_IP,
                user_agent: &user_agent,
            },
            request_id: &ids.request,
            route_key: &route_key,
            stage: "$default",
            time: "22/Nov/2026:12:30:00 +0000",
            time_epoch: 1_795_350_600_000,
        },
        body,
        is_base64_encoded,
    };
    Ok(serde_json::to_string_pretty(&event)? + "\n")
}

/// `pairs`, or `None` if there are none.
fn non_empty(pairs: Vec<(String, String)>) -> Option<Pairs<String, String>> {
    Some(Pairs(pairs)).filter(|pairs| !pairs.0.is_empty())
}

/// The decoded path of the request, and the path parameters in the order of the route.
fn path(
    route: &HttpRoute,
    given: &[(String, String)],
) -> Result<(String, Vec<(String, String)>), SampleError> {
    let (mut segments, mut parameters) = (Vec::new(), Vec::new());
    for segment in route.path.split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
            segments.push(segment);
            continue;
        };
        let (name, is_greedy) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
        let Some((_, value)) = given.iter().rfind(|(known, _)| known == name) else {
            return Err(SampleError::PathMissing { name: name.to_owned(), route: key(route) });
        };
        if value.is_empty() || (value.contains('/') && !is_greedy) {
            return Err(SampleError::PathValue { name: name.to_owned() });
        }
        segments.push(value);
        parameters.push((name.to_owned(), value.clone()));
    }
    if let Some((name, _)) = given.iter().find(|(name, _)| !parameters.iter().any(|(known, _)| known == name))
    {
        let known: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        return Err(SampleError::PathUnknown { name: name.clone(), route: key(route), known });
    }
    Ok((segments.join("/"), parameters))
}

fn query_string(query: &[(String, String)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string().replace("%20", "+");
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    pairs.join("&")
}

/// The query parameters. API Gateway joins the values of a repeated parameter with commas.
fn query_parameters(query: &[(String, String)]) -> Vec<(String, String)> {
    let mut parameters: Vec<(String, String)> = Vec::new();
    for (name, value) in query {
        match parameters.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(value);
            }
            None => parameters.push((name.clone(), value.clone())),
        }
    }
    parameters
}

/// The headers that curl and API Gateway send. The headers of the options replace headers of the same name.
fn headers(
    arguments: &SampleArguments,
    body: Option<&str>,
    ids: &Ids,
) -> Result<BTreeMap<String, String>, SampleError> {
    let length = body.map_or(0, str::len).to_string();
    let mut headers: BTreeMap<String, String> = [
        ("accept", "*/*"),
        ("content-length", length.as_str()),
        ("host", DOMAIN),
        ("user-agent", USER_AGENT),
        ("x-amzn-trace-id", &ids.trace),
        ("x-forwarded-for", SOURCE_IP),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    if body.is_some() {
        headers.insert("content-type".to_owned(), "application/json".to_owned());
    }
    for (name, value) in &arguments.header {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if !name.bytes().all(is_name) {
            return Err(SampleError::Header { name: name.clone() });
        }
        headers.insert(name.to_ascii_lowercase(), value.clone());
    }
    Ok(headers)
}

fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/") || TEXT.contains(&kind.as_str())
}

/// The scopes of the caller: the given scopes, or scopes that the route accepts.
fn scope(route: &HttpRoute, given: Option<&str>) -> String {
    if let Some(given) = given {
        return given.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let taken = route.authorization.as_ref().map_or(&[][..], |authorization| &authorization.scopes);
    let is_enough =
        taken.is_empty() || SCOPES.split(' ').any(|scope| taken.iter().any(|taken| taken == scope));
    if is_enough { SCOPES.to_owned() } else { taken[0].clone() }
}
