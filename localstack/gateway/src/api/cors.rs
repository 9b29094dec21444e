//! CORS: the headers that API Gateway adds for the web pages of configured origins (API Gateway developer guide,
//! "Configure CORS for HTTP APIs").
//!
//! A response gets CORS headers if the request has an `Origin` that the configuration admits. A preflight request must
//! also have `Access-Control-Request-Method`. CORS headers of a function are dropped.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use stack_template::Cors;

/// All CORS headers of a response.
const RESPONSE: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
];

/// The CORS headers of the response to a request. They are empty if the request is not a CORS request, or its origin is
/// not admitted.
pub(super) fn headers_for(cors: &Cors, method: &Method, request: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(origin) = request.get(ORIGIN).filter(|origin| admits(cors, origin)) else { return headers };
    let is_preflight = method == Method::OPTIONS;
    if is_preflight && !request.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        return headers;
    }
    let admits_all = cors.origins.iter().any(|admitted| admitted == "*");
    let origin = if admits_all { HeaderValue::from_static("*") } else { origin.clone() };
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if cors.allows_credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    let mut list = |name: HeaderName, values: &[String]| {
        if let Ok(values) = HeaderValue::from_str(&values.join(","))
            && !values.is_empty()
        {
            headers.insert(name, values);
        }
    };
    if is_preflight {
        list(ACCESS_CONTROL_ALLOW_METHODS, &cors.methods);
        list(ACCESS_CONTROL_ALLOW_HEADERS, &cors.headers);
        list(
            ACCESS_CONTROL_MAX_AGE,
            &cors.max_age.map(|age| age.as_secs().to_string()).into_iter().collect::<Vec<_>>(),
        );
    } else {
        list(ACCESS_CONTROL_EXPOSE_HEADERS, &cors.exposed_headers);
    }
    headers
}

/// Replaces the CORS headers of a response.
pub(super) fn replace(response: &mut HeaderMap, headers: HeaderMap) {
    for name in RESPONSE {
        response.remove(name);
    }
    response.extend(headers);
}

fn admits(cors: &Cors, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    cors.origins.iter().any(|admitted| match admitted.strip_suffix('*') {
        Some(scheme) => origin.starts_with(scheme),
        None => admitted == origin,
    })
}
