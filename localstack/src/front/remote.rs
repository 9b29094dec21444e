//! Functions behind a Lambda Invoke endpoint, called over HTTP (Lambda API reference, "Invoke").

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{Client, RequestBuilder, StatusCode};

use super::credential;
use crate::gateway::Invoke;
use crate::http;
use crate::lambda::{Invocation, InvokeError, REQUEST_LIMIT};

/// Longer than API Gateway waits for a function, so that its own limit is the one that counts.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Invokes functions at an endpoint; clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct RemoteFunctions {
    client: Client,
    endpoint: String,
    region: String,
}

impl RemoteFunctions {
    /// Functions of `region` at `endpoint`.
    ///
    /// # Errors
    /// Where no HTTP client can be built.
    pub(super) fn new(endpoint: &str, region: &str) -> reqwest::Result<Self> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Ok(Self { client: http::client(TIMEOUT)?, endpoint, region: region.to_owned() })
    }

    /// Where they are.
    pub(super) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A request to `service` at the endpoint.
    pub(super) fn post(&self, service: &str, path: &str) -> RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.endpoint));
        request.header("authorization", credential(&self.region, service))
    }
}

impl Invoke for RemoteFunctions {
    async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> Result<Invocation, InvokeError> {
        let called = Instant::now();
        let unreachable = |error: reqwest::Error| InvokeError::Unreachable(error.to_string());
        let mut request = self.post("lambda", &format!("/2015-03-31/functions/{function}/invocations"));
        if let Some(trace) = trace {
            request = request.header("x-amzn-trace-id", trace);
        }
        let size = payload.len();
        let answer = request.body(payload).send().await.map_err(unreachable)?;
        let header =
            |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let request_id = header("x-amzn-requestid").unwrap_or_default();
        let function_error = header("x-amz-function-error");
        let status = answer.status();
        let payload = answer.bytes().await.map_err(unreachable)?;
        match status {
            StatusCode::NOT_FOUND => Err(InvokeError::FunctionNotFound(function.to_owned())),
            StatusCode::PAYLOAD_TOO_LARGE => Err(InvokeError::RequestTooLarge { size, limit: REQUEST_LIMIT }),
            status if status.is_success() => Ok(Invocation {
                request_id,
                payload,
                function_error,
                duration: called.elapsed(),
                cold_start: false,
            }),
            status => {
                let problem = String::from_utf8_lossy(&payload);
                Err(InvokeError::Unreachable(format!("{status} {problem}")))
            }
        }
    }
}
