//! Functions behind a Lambda Invoke endpoint (`LocalStack`, `cargo lambda watch`): their deployed names, and calls over
//! HTTP (Lambda API reference, "Invoke").

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use stack_base::account::ACCOUNT;
use stack_base::http;
use stack_lambda::{Invocation, Invoke, InvokeError, REQUEST_LIMIT};

use super::error::{FrontError, ListError};

/// Timeout of a call. It exceeds API Gateway's limit for an integration. That limit therefore applies first.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Maximum number of pages to read. A page has up to 100 resources, and a stack up to 500 (`CloudFormation` quotas).
const PAGES: usize = 6;

/// Invokes functions at an endpoint. Clones share its connections.
#[derive(Debug, Clone)]
pub(super) struct RemoteFunctions {
    client: Client,
    endpoint: String,
    region: String,
}

impl RemoteFunctions {
    /// Creates a client for the functions of `region` at `endpoint`.
    ///
    /// # Errors
    /// The error of the HTTP client's builder.
    pub(super) fn new(endpoint: &str, region: &str) -> reqwest::Result<Self> {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        Ok(Self { client: http::client(TIMEOUT)?, endpoint, region: region.to_owned() })
    }

    /// Creates a request to `service` at the endpoint.
    fn post(&self, service: &str, path: &str) -> RequestBuilder {
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

/// A placeholder signature for endpoints that do not check signatures. It names the account and the region.
fn credential(region: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={ACCOUNT}/20200101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// The used fields of a resource's summary.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceSummary {
    logical_resource_id: String,
    physical_resource_id: Option<String>,
    resource_type: String,
}

/// The deployed names of the template's functions, by their logical ids. They come from `CloudFormation`'s
/// `ListStackResources` (its API reference), in the JSON that `LocalStack` offers in addition to AWS's XML.
///
/// # Errors
/// [`FrontError::Stack`] when the resources cannot be listed.
pub(super) async fn function_names(
    functions: &RemoteFunctions,
    stack: &str,
) -> Result<BTreeMap<String, String>, FrontError> {
    let failed = |problem: ListError| {
        let endpoint = functions.endpoint.clone();
        FrontError::Stack { stack: stack.to_owned(), endpoint, problem }
    };
    let (mut names, mut next) = (BTreeMap::new(), None);
    for _ in 0..PAGES {
        let (summaries, token) = page(functions, stack, next.as_deref()).await.map_err(failed)?;
        let deployed = summaries.into_iter().filter(|one| one.resource_type == "AWS::Lambda::Function");
        names.extend(deployed.filter_map(|one| Some((one.logical_resource_id, one.physical_resource_id?))));
        match token {
            Some(_) => next = token,
            None => return Ok(names),
        }
    }
    Err(failed(ListError::Pages(PAGES)))
}

async fn page(
    functions: &RemoteFunctions,
    stack: &str,
    next: Option<&str>,
) -> Result<(Vec<ResourceSummary>, Option<String>), ListError> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Action", "ListStackResources").append_pair("Version", "2010-05-15");
    form.append_pair("StackName", stack);
    if let Some(next) = next {
        form.append_pair("NextToken", next);
    }
    let request = functions.post("cloudformation", "/").header(ACCEPT, "application/json");
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish());
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    if !status.is_success() {
        return Err(ListError::Refused { status, body });
    }
    let document: Value = serde_json::from_str(&body).map_err(ListError::Json)?;
    parsed(&document).map_err(ListError::Form)
}

fn parsed(document: &Value) -> serde_json::Result<(Vec<ResourceSummary>, Option<String>)> {
    let result = &document["ListStackResourcesResponse"]["ListStackResourcesResult"];
    let summaries = Vec::deserialize(&result["StackResourceSummaries"]["member"])?;
    let next = result["NextToken"].as_str().filter(|token| !token.is_empty());
    Ok((summaries, next.map(str::to_owned)))
}
