//! A span for each attempt of a request.
//!
//! Source: OpenTelemetry semantic conventions, "AWS SDK client spans", "RPC client spans" and "HTTP client spans".

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata, OrchestratorError};
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::request_id::RequestId;
use http::Uri;
use tracing::Span;
use tracing::field::Empty;

/// Makes a span `<Service>.<Operation>` for each attempt of a client's requests. The pauses between attempts are not
/// part of a span. Without a subscriber for spans, the interceptor does nothing.
///
/// Add it to a client with `.interceptor(AttemptSpans)`. The client of [`dynamodb`](crate::dynamodb) already has it.
#[derive(Debug, Clone, Copy, Default)]
pub struct AttemptSpans;

/// The span of the current attempt.
#[derive(Debug)]
struct Attempt(Span);

impl Storable for Attempt {
    type Storer = StoreReplace<Self>;
}

impl Intercept for AttemptSpans {
    fn name(&self) -> &'static str {
        "AttemptSpans"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(metadata) = bag.load::<Metadata>() else { return Ok(()) };
        let attempts = bag.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        let span = tracing::info_span!(
            "attempt",
            otel.name = [metadata.service(), ".", metadata.name()].concat(),
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "aws-api",
            rpc.method = [metadata.service(), "/", metadata.name()].concat(),
            http.request.method = Empty,
            http.request.resend_count = (attempts > 1).then(|| i64::from(attempts) - 1),
            http.response.status_code = Empty,
            server.address = Empty,
            server.port = Empty,
            aws.request_id = Empty,
            "error.type" = Empty,
        );
        if !span.is_disabled() {
            bag.interceptor_state().store_put(Attempt(span));
        }
        Ok(())
    }

    /// Records the address, which is not known before this point.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Attempt(span)) = bag.load::<Attempt>() {
            record_request(span, context.request());
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Attempt(span)) = bag.load::<Attempt>() {
            record_answer(span, context);
            bag.interceptor_state().unset::<Attempt>();
        }
        Ok(())
    }
}

// Values are recorded together, because each call searches for the span.
fn record_request(span: &Span, request: &HttpRequest) {
    let uri = request.uri().parse::<Uri>().ok();
    let port = uri.as_ref().map(|uri| {
        let known = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        i64::from(uri.port_u16().unwrap_or(known))
    });
    tracing::record_all!(
        span,
        http.request.method = request.method(),
        server.address = uri.as_ref().and_then(Uri::host),
        server.port = port,
    );
}

fn record_answer(span: &Span, context: &FinalizerInterceptorContextRef<'_>) {
    let status = context.response().map(|response| response.status().as_u16());
    tracing::record_all!(
        span,
        http.response.status_code = status.map(i64::from),
        aws.request_id = context.response().and_then(|response| response.headers().request_id()),
    );
    if let Some(Err(error)) = context.output_or_error() {
        tracing::record_all!(span, "error.type" = kind(error, status), otel.status_code = "error");
    }
}

/// The error type from a small set of names: the status if there is a response, and otherwise the kind of the failure.
fn kind<E>(error: &OrchestratorError<E>, status: Option<u16>) -> String {
    match status {
        Some(status) if status >= 400 => status.to_string(),
        _ if error.is_timeout_error() => "timeout".to_owned(),
        _ if error.is_connector_error() => "connection".to_owned(),
        _ => "_OTHER".to_owned(),
    }
}
