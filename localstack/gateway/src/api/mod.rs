//! The HTTP API: API Gateway's work between an HTTP caller and a Lambda function, with payload format 2.0.
//!
//! A request passes the same steps as in API Gateway: size limits, route, authorizer, body, event, function, response.
//! A failing step returns API Gateway's own error response. With a CORS configuration, an `OPTIONS` request without a
//! route is answered by the gateway itself, and every response gets the CORS headers of its request.
//!
//! Sources:
//! - Quotas (30 s, 10 MB, 10,240 bytes of request line and header values): API Gateway developer guide, "Quotas for
//!   configuring and running an HTTP API".
//! - A throttled integration, or one that takes longer than 30 s, returns 503 `Service Unavailable`, unlike the 504 of
//!   REST APIs: observed in serverless/serverless#11222, anomalyco/sst#2232 and cortexlabs/cortex#1225.
//! - The path is decoded before the route is chosen. `rawPath` is decoded and ends at a decoded `?`; `rawQueryString`
//!   stays encoded: middleapi/standard-server#93, honojs/hono#2156, ministackorg/ministack#1035.

mod cors;
mod event;
mod hosts;
mod reply;
mod request;
mod routes;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reply::GatewayError;
use request::ReceivedRequest;
use routes::Table;
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_template::Cors;
use uuid::Uuid;

pub use hosts::admitting;
pub use routes::Route;

/// Time limit of an integration (HTTP API quota).
const INTEGRATION_LIMIT: Duration = Duration::from_secs(30);

/// The HTTP API with these routes and this CORS configuration. Run it with [`serve`](stack_base::http::serve).
pub fn router<I: Invoke>(routes: Vec<Route>, cors: Option<Cors>, invoker: I) -> Router {
    let gateway = Arc::new(Gateway { routes: Table::new(routes), cors, invoker });
    Router::new().fallback(handle::<I>).with_state(gateway)
}

struct Gateway<I> {
    routes: Table,
    cors: Option<Cors>,
    invoker: I,
}

/// Handles any request. Every response has the header `apigw-requestid`.
async fn handle<I: Invoke>(State(gateway): State<Arc<Gateway<I>>>, request: Request) -> Response {
    let request_id = new_request_id();
    let cors = gateway.cors.as_ref();
    let cors = cors.map(|cors| cors::headers_for(cors, request.method(), request.headers()));
    let answer = gateway.answer(request, &request_id).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    if let Some(headers) = cors {
        cors::replace(response.headers_mut(), headers);
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
    }
    response
}

impl<I: Invoke> Gateway<I> {
    async fn answer(&self, request: Request, request_id: &str) -> Result<Response, GatewayError> {
        let (head, body) = request.into_parts();
        request::check_size(&head)?;
        let path = request::decode_path(head.uri.path());
        let Some(matched) = self.routes.find(&head.method, &path) else {
            let is_answered_here = self.cors.is_some() && head.method == Method::OPTIONS;
            return if is_answered_here {
                Ok(StatusCode::NO_CONTENT.into_response())
            } else {
                Err(GatewayError::NotFound)
            };
        };
        let identity = match &matched.route.guard {
            Some(guard) => Some(guard.admit(&head.headers).await.map_err(GatewayError::Denied)?),
            None => None,
        };
        let body = request::read_body(&head, body).await?;
        let received = ReceivedRequest { head, path, body };
        let trace = received.trace();
        let event = event::from_request(&received, &matched, identity, &trace, request_id);
        let payload = serde_json::to_vec(&event).map_err(|_| GatewayError::InternalServerError)?;
        reply::response(&self.integrate(&matched.route.function, payload.into(), &trace).await?)
    }

    async fn integrate(&self, function: &str, event: Bytes, trace: &str) -> Result<Bytes, GatewayError> {
        let call = self.invoker.invoke(function, event, Some(trace));
        let answer = tokio::time::timeout(INTEGRATION_LIMIT, call).await;
        match answer.map_err(|_| GatewayError::ServiceUnavailable)? {
            Ok(Invocation { payload, function_error: None, .. }) => Ok(payload),
            Ok(Invocation { payload, request_id, .. }) => {
                let error = String::from_utf8_lossy(&payload);
                tracing::warn!(function, request_id, %error, "the function failed");
                Err(GatewayError::InternalServerError)
            }
            Err(error) => {
                tracing::warn!(function, %error, "cannot invoke the function");
                Err(error.into())
            }
        }
    }
}

impl From<InvokeError> for GatewayError {
    fn from(error: InvokeError) -> Self {
        match error {
            InvokeError::TooManyRequests { .. } | InvokeError::ShuttingDown | InvokeError::Unreachable(_) => {
                Self::ServiceUnavailable
            }
            InvokeError::RequestTooLarge { .. } => Self::RequestTooLarge,
            InvokeError::FunctionNotFound(_) | InvokeError::InvalidPayload(_) => Self::InternalServerError,
        }
    }
}

/// Creates an id in the form of API Gateway's request ids: 16 characters that end with `=`.
fn new_request_id() -> String {
    STANDARD.encode(&Uuid::new_v4().into_bytes()[..11])
}
