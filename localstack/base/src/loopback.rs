//! Checks who calls the stack's listeners beside the HTTP API. Programs on this machine may call, because they can do
//! everything anyway. The stack's own page may call too. Other web pages in a browser on this machine may not.
//!
//! A browser names the calling page in `Origin`, but omits it when the page has the address that it calls. A foreign
//! page can have that address too: its host name can be made to resolve to this machine. Such a call carries the
//! foreign host name in `Host`.

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The names of this machine's loopback interface that a caller may use.
const NAMES: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// True if a program calls and not a page: no `Origin`, and a loopback `Host`.
pub fn is_program(headers: &HeaderMap) -> bool {
    is_loopback_name(host_name(headers)) && !headers.contains_key(header::ORIGIN)
}

/// True if a program calls, or a page served from the same address.
pub fn is_own_page(headers: &HeaderMap) -> bool {
    let host = text(headers, header::HOST);
    let is_own = |origin: &str| origin.strip_prefix("http://") == Some(host);
    is_loopback_name(host_name(headers))
        && (!headers.contains_key(header::ORIGIN) || is_own(text(headers, header::ORIGIN)))
}

/// Middleware that refuses every call that is not from a program.
pub async fn only_programs(request: Request, next: Next) -> Response {
    if is_program(request.headers()) { next.run(request).await } else { refused() }
}

/// Middleware that refuses every call except those of programs and of the page at this address.
pub async fn only_own_page(request: Request, next: Next) -> Response {
    if is_own_page(request.headers()) { next.run(request).await } else { refused() }
}

fn refused() -> Response {
    (StatusCode::FORBIDDEN, "only for programs on this machine\n").into_response()
}

/// The host of a request without its port.
pub fn host_name(headers: &HeaderMap) -> &str {
    let host = text(headers, header::HOST);
    host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name)
}

/// True if `name` is a name of this machine's loopback interface.
#[must_use]
pub fn is_loopback_name(name: &str) -> bool {
    NAMES.contains(&name)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{is_own_page, is_program};

    fn called(host: &'static str, origin: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        headers
    }

    #[test]
    fn a_program_sends_a_loopback_host_and_no_origin() {
        for host in ["127.0.0.1:4318", "localhost:4318", "localhost", "[::1]:4318"] {
            assert!(is_program(&called(host, None)), "{host}");
        }
        for host in ["evil.example", "evil.example:4318", "127.0.0.1.evil.example:4318", "127.0.0.1:x", ""] {
            assert!(!is_program(&called(host, None)), "{host}");
            assert!(!is_own_page(&called(host, None)), "{host}");
        }
        assert!(!is_program(&HeaderMap::new()));
        assert!(!is_program(&called("127.0.0.1:4318", Some("http://127.0.0.1:4318"))));
    }

    #[test]
    fn a_page_may_call_the_address_it_came_from() {
        assert!(is_own_page(&called("127.0.0.1:3002", Some("http://127.0.0.1:3002"))));
        for origin in ["http://127.0.0.1:3003", "https://127.0.0.1:3002", "http://evil.example", "null"] {
            assert!(!is_own_page(&called("127.0.0.1:3002", Some(origin))), "{origin}");
        }
    }
}
