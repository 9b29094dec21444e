//! The event that a function receives, in payload format 2.0 (API Gateway developer guide, "Create AWS Lambda proxy
//! integrations for HTTP APIs").

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::http::header::{CONTENT_TYPE, COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use time::OffsetDateTime;

use super::request::ReceivedRequest;
use super::routes::Matched;
use crate::identity::Identity;

/// Headers of a single connection, which API Gateway does not pass on.
const HOP_BY_HOP: [&str; 7] =
    ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/// The event document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event<'r> {
    version: &'static str,
    route_key: &'r str,
    raw_path: &'r str,
    raw_query_string: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cookies: Vec<String>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    query_string_parameters: BTreeMap<String, String>,
    request_context: RequestContext<'r>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    path_parameters: &'r BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'r> {
    account_id: &'static str,
    api_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer>,
    domain_name: &'r str,
    domain_prefix: &'r str,
    http: Http<'r>,
    request_id: &'r str,
    route_key: &'r str,
    stage: &'static str,
    time: String,
    time_epoch: i128,
}

#[derive(Debug, Serialize)]
struct Authorizer {
    jwt: Identity,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'r> {
    method: &'r str,
    path: &'r str,
    protocol: String,
    source_ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'r str>,
}

/// Creates the event of a request for the route `matched`.
pub(super) fn from_request<'r>(
    received: &'r ReceivedRequest,
    matched: &'r Matched<'r>,
    identity: Option<Identity>,
    trace: &str,
    request_id: &'r str,
) -> Event<'r> {
    let raw_query_string = received.head.uri.query().unwrap_or_default();
    let (body, is_base64_encoded) = body(received);
    Event {
        version: "2.0",
        route_key: matched.key,
        raw_path: &received.path,
        raw_query_string,
        cookies: cookies(received),
        headers: headers(received, trace),
        query_string_parameters: joined(form_urlencoded::parse(raw_query_string.as_bytes())),
        request_context: context(received, matched.key, identity, request_id),
        path_parameters: &matched.parameters,
        body,
        is_base64_encoded,
    }
}

fn context<'r>(
    received: &'r ReceivedRequest,
    route_key: &'r str,
    identity: Option<Identity>,
    request_id: &'r str,
) -> RequestContext<'r> {
    let now = OffsetDateTime::now_utc();
    let (domain_name, _) = received.host();
    RequestContext {
        account_id: "000000000000",
        api_id: "local",
        authorizer: identity.map(|jwt| Authorizer { jwt }),
        domain_name,
        domain_prefix: domain_name.split('.').next().unwrap_or(domain_name),
        http: Http {
            method: received.head.method.as_str(),
            path: &received.path,
            protocol: format!("{:?}", received.head.version),
            source_ip: received.source_ip(),
            user_agent: received.header("user-agent"),
        },
        request_id,
        route_key,
        stage: "$default",
        time: common_log_time(now),
        time_epoch: now.unix_timestamp_nanos() / 1_000_000,
    }
}

/// Formats a time as `12/Mar/2020:19:03:58 +0000`.
fn common_log_time(now: OffsetDateTime) -> String {
    let month = now.month().to_string();
    let (hour, minute, second) = now.to_hms();
    format!("{:02}/{}/{}:{hour:02}:{minute:02}:{second:02} +0000", now.day(), &month[..3], now.year())
}

fn cookies(received: &ReceivedRequest) -> Vec<String> {
    let lines = received.head.headers.get_all(COOKIE).iter();
    let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
    lines
        .flat_map(|line| line.split(';').map(|cookie| cookie.trim().to_owned()).collect::<Vec<_>>())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// All headers except cookies, with names in lower case and repeated headers joined by commas, plus the headers that
/// API Gateway adds.
fn headers(received: &ReceivedRequest, trace: &str) -> BTreeMap<String, String> {
    let given = received.head.headers.iter();
    let passed = given.filter(|(name, _)| **name != COOKIE && !HOP_BY_HOP.contains(&name.as_str()));
    let passed =
        passed.map(|(name, value)| (name.as_str().into(), String::from_utf8_lossy(value.as_bytes())));
    let mut headers = joined(passed);
    let source = received.source_ip().to_string();
    let forwarded = headers.get("x-forwarded-for").map(|before| format!("{before}, {source}"));
    let added = [
        ("content-length", received.body.len().to_string()),
        ("x-amzn-trace-id", trace.to_owned()),
        ("x-forwarded-for", forwarded.unwrap_or(source)),
        ("x-forwarded-port", received.host().1.to_owned()),
        ("x-forwarded-proto", "http".to_owned()),
    ];
    headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
    headers
}

/// Groups values by name. Values of a repeated name are joined by commas.
fn joined<'v>(pairs: impl Iterator<Item = (Cow<'v, str>, Cow<'v, str>)>) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        let entry = joined.entry(name.into_owned());
        entry
            .and_modify(|before| *before = format!("{before},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    joined
}

/// The body, and true if it is in base64. A body is text if API Gateway treats its content type as text. Text that is
/// not UTF-8 is encoded in base64 too, which preserves every byte.
fn body(received: &ReceivedRequest) -> (Option<String>, bool) {
    let body = &received.body;
    if body.is_empty() {
        return (None, false);
    }
    let text = is_text(received.header(CONTENT_TYPE.as_str()).unwrap_or_default());
    match std::str::from_utf8(body).ok().filter(|_| text) {
        Some(text) => (Some(text.to_owned()), false),
        None => (Some(STANDARD.encode(body)), true),
    }
}

/// The guide does not list the text types. They were found by experiment (ministackorg/ministack#766): a form, or a
/// body without a content type, is not text.
fn is_text(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&media_type.as_str())
}
