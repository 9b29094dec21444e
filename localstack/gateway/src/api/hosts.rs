//! The names under which API Gateway knows the API: its own address, and the custom domains that are mapped to it.
//!
//! API Gateway finds the API of a request by the host of the request, and answers 403 `Forbidden` for a host that it does
//! not know (AWS re:Post, "How do I troubleshoot HTTP 403 errors from API Gateway?"). A mapping does not end the default
//! endpoint (API Gateway developer guide, "Disable the default endpoint for HTTP APIs"), so both addresses answer.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use stack_base::loopback;

use super::reply::GatewayError;

/// The API under its own address and under `domains`. Without a domain, every host is admitted, because then a local
/// caller may use any name for this machine.
pub fn admitting(api: Router, domains: &[String]) -> Router {
    if domains.is_empty() {
        return api;
    }
    let domains = domains.to_vec();
    api.layer(from_fn(move |request: Request, next: Next| {
        let is_known = is_known(&request, &domains);
        async move {
            if is_known { next.run(request).await } else { GatewayError::UnknownHost.into_response() }
        }
    }))
}

/// True if the host of the request is this machine or one of the domains. Host names ignore case (RFC 9110, section 4.2.3).
fn is_known(request: &Request, domains: &[String]) -> bool {
    let name = loopback::host_name(request.headers());
    loopback::is_loopback_name(name) || domains.iter().any(|domain| domain.eq_ignore_ascii_case(name))
}
