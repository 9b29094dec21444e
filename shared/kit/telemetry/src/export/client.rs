//! The HTTP client of `opentelemetry-otlp`. It sends requests with the client that the AWS SDK already includes, keeps
//! each request until the collector has answered, and classifies the answers.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_client::{ConfigError, Roots, connector};
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_types::body::SdkBody;
use http::header::{HeaderMap, RETRY_AFTER};
use http::uri::Scheme;
use http_body_util::{BodyExt, Limited};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

use super::error::ExportError;
use crate::settings::SpanSettings;

/// The maximum number of bytes of a response to read. The response says how many spans were rejected, and why.
const MAX_ANSWER: usize = 64 * 1024;

/// The client of one collector. The connection is kept for the next export.
#[derive(Debug)]
pub(super) struct CollectorClient {
    headers: HeaderMap,
    is_https: bool,
    certificate: Option<String>,
    connector: OnceLock<Connector>,
    exchange: Mutex<Exchange>,
}

/// The request of an export, and its result.
#[derive(Debug, Default)]
struct Exchange {
    unanswered: Option<Request<Bytes>>,
    result: Option<Result<u64, ExportError>>,
}

impl CollectorClient {
    /// The client for the collector in `settings`. It does not connect yet.
    pub(super) fn new(settings: &SpanSettings) -> Self {
        Self {
            headers: settings.headers.clone(),
            is_https: settings.url.scheme() == Some(&Scheme::HTTPS),
            certificate: settings.certificate.clone(),
            connector: OnceLock::new(),
            exchange: Mutex::default(),
        }
    }

    /// The request that has no answer yet.
    pub(super) fn unanswered(&self) -> Option<Request<Bytes>> {
        self.exchange().unanswered.clone()
    }

    /// Removes the request that has no answer yet.
    pub(super) fn forget(&self) {
        self.exchange().unanswered = None;
    }

    /// The result of the last request that the exporter sent: how many spans the collector rejected. The exporter
    /// itself only reports a text.
    pub(super) fn take_result(&self) -> Option<Result<u64, ExportError>> {
        self.exchange().result.take()
    }

    /// Sends `request` and reads the whole response.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ExportError> {
        let request = request.map(SdkBody::from).try_into()?;
        let (head, body) = self.connector()?.call(request).await?.try_into_http1x()?.into_parts();
        // The response is read to its end, because otherwise the connection could not be reused.
        let body = Limited::new(body, MAX_ANSWER).collect().await.map_err(ExportError::Answer)?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }

    /// The SDK's client. It is built at its first use, so certificates are read after the first response and not before
    /// it. A client without TLS needs no certificates.
    fn connector(&self) -> Result<&Connector, ConfigError> {
        if let Some(connector) = self.connector.get() {
            return Ok(connector);
        }
        let roots = match &self.certificate {
            _ if !self.is_https => Roots::None,
            Some(path) => Roots::Bundle { variable: "OTEL_EXPORTER_OTLP_CERTIFICATE", path },
            None => Roots::System,
        };
        let made = connector(roots)?;
        Ok(self.connector.get_or_init(|| made))
    }

    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl HttpClient for CollectorClient {
    /// Sends the request of the exporter with the configured headers. The request stays in the client if this work is
    /// cancelled or fails, because the exporter releases the spans before it calls this method.
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter reads the headers from the environment too, but leaves out those that it cannot read.
        request.headers_mut().extend(self.headers.clone());
        self.exchange().unanswered = Some(request.clone());
        let response = self.send(request).await;
        let (result, response) = match response {
            Ok(response) => (rejected_spans(&response), Ok(response)),
            Err(error) => {
                let text = error.to_string();
                (Err(error), Err(text.into()))
            }
        };
        self.exchange().result = Some(result);
        response
    }
}

/// How many spans the collector rejected according to its `response`. The number is 0 if a successful response cannot
/// be decoded.
pub(super) fn rejected_spans(response: &Response<Bytes>) -> Result<u64, ExportError> {
    let status = response.status();
    if !status.is_success() {
        let seconds =
            response.headers().get(RETRY_AFTER).and_then(|header| header.to_str().ok()?.parse().ok());
        return Err(ExportError::Refused { status, retry_after: seconds.map(Duration::from_secs) });
    }
    let answer = ExportTraceServiceResponse::decode(response.body().as_ref()).ok();
    let partial = answer.and_then(|answer| answer.partial_success);
    Ok(partial.and_then(|partial| u64::try_from(partial.rejected_spans).ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        for (header, expected) in [("7", 7), ("soon", 0), ("-1", 0)] {
            let response = Response::builder().status(503).header(RETRY_AFTER, header).body(Bytes::new());
            let error = rejected_spans(&response.unwrap()).unwrap_err();
            assert!(!error.is_final());
            assert_eq!(error.retry_after(), Duration::from_secs(expected), "{header}");
        }
    }

    #[test]
    fn only_the_statuses_of_otlp_may_be_retried() {
        for status in (300..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let error = ExportError::Refused { status, retry_after: None };
            assert_eq!(error.is_final(), ![429, 502, 503, 504].contains(&status.as_u16()), "{status}");
        }
    }
}
