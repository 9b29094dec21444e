//! Tests of the Invoke API over HTTP.

use std::net::Ipv4Addr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use stack_lambda::{FunctionSpec, Lambda};

use crate::stack::{FUNCTION, fresh_path, hanging, only_one, spec, start};

/// The API of a runtime, on a port of its own.
pub(crate) struct Api {
    pub(crate) url: String,
    pub(crate) client: Client,
    lambda: Lambda,
}

impl Api {
    /// Starts a runtime with one function and serves its API.
    pub(crate) async fn start(spec: FunctionSpec) -> Self {
        Self::serve(start(spec).await).await
    }

    /// Serves the API of a runtime.
    pub(crate) async fn serve(lambda: Lambda) -> Self {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = stack_lambda::invoke_api::router(lambda.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
        Self { url, client, lambda }
    }

    /// An invocation.
    pub(crate) fn post(&self, function: &str, body: impl Into<String>) -> RequestBuilder {
        let url = format!("{}/2015-03-31/functions/{function}/invocations", self.url);
        self.client.post(url).body(body.into())
    }
}

/// A header of a response.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

async fn assert_refused(request: RequestBuilder, status: u16, error: &str) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(header(&response, "x-amzn-errortype"), Some(error));
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_synchronous_call_returns_the_response_and_its_headers() {
    let api = Api::start(spec()).await;
    let response = api.post(FUNCTION, r#"{"order":1}"#).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(header(&response, "x-amz-executed-version"), Some("$LATEST"));
    assert!(header(&response, "x-amzn-requestid").is_some());
    assert_eq!(header(&response, "x-amz-function-error"), None);
    assert_eq!(header(&response, "x-amz-log-result"), None);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["payload"], json!({ "order": 1 }));
}

#[tokio::test]
async fn a_failed_function_gives_200_with_the_error_header() {
    let api = Api::start(spec()).await;
    let response = api.post(FUNCTION, r#"{"mode":"error"}"#).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(header(&response, "x-amz-function-error"), Some("Unhandled"));
}

#[tokio::test]
async fn an_invocation_returns_its_log_on_request() {
    let api = Api::start(spec()).await;
    let log = async |mode: &str| {
        let request =
            api.post(FUNCTION, json!({ "mode": mode }).to_string()).header("x-amz-log-type", "Tail");
        let response = request.send().await.unwrap();
        let log = STANDARD.decode(header(&response, "x-amz-log-result").unwrap()).unwrap();
        String::from_utf8(log).unwrap()
    };
    let cold = log("log").await;
    assert!(cold.contains("\nto stdout\nto stderr\nEND RequestId: "), "{cold}");
    assert!(cold.contains("Init Duration: "), "{cold}");
    let warm = log("").await;
    assert!(warm.starts_with("START RequestId: "), "{warm}");
    assert!(!warm.contains("to stdout") && !warm.contains("Init Duration"), "{warm}");
    let crashed = log("exit").await;
    assert!(crashed.starts_with("START RequestId: "), "{crashed}");
}

#[tokio::test]
async fn a_function_is_found_by_arn_partial_arn_and_latest_version() {
    let api = Api::start(spec()).await;
    let arn = spec().arn;
    for function in [
        arn.clone(),
        arn.replace(':', "%3A"),
        format!("{arn}:$LATEST"),
        format!("000000000000:function:{FUNCTION}"),
        format!("{FUNCTION}:$LATEST"),
    ] {
        assert_eq!(api.post(&function, "{}").send().await.unwrap().status().as_u16(), 200, "{function}");
    }
    let latest = api.post(FUNCTION, "{}").query(&[("Qualifier", "$LATEST")]);
    assert_eq!(latest.send().await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn unknown_functions_and_versions_are_not_found() {
    let api = Api::start(spec()).await;
    let body = assert_refused(api.post("other", "{}"), 404, "ResourceNotFoundException").await;
    assert_eq!(body["Type"], json!("User"));
    assert!(body["Message"].as_str().unwrap().contains("other"), "{body}");
    assert_refused(api.post(&format!("{FUNCTION}:7"), "{}"), 404, "ResourceNotFoundException").await;
}

#[tokio::test]
async fn a_payload_that_is_not_json_or_too_large_is_refused() {
    let api = Api::start(spec()).await;
    assert_refused(api.post(FUNCTION, "{"), 400, "InvalidRequestContentException").await;
    let large = "1".repeat(6_291_457);
    assert_refused(api.post(FUNCTION, large), 413, "RequestTooLargeException").await;
    let large_event = api.post(FUNCTION, "1".repeat(1_048_577)).header("x-amz-invocation-type", "Event");
    assert_refused(large_event, 413, "RequestTooLargeException").await;
}

#[tokio::test]
async fn a_call_beyond_the_limit_is_refused() {
    let api = Api::start(only_one()).await;
    let ready = fresh_path();
    let hang = api.post(FUNCTION, json!({ "mode": "hang", "ready": ready }).to_string());
    let accepted = hang.header("x-amz-invocation-type", "Event").send().await.unwrap();
    assert_eq!(accepted.status().as_u16(), 202);
    hanging(&ready).await;
    let body = assert_refused(api.post(FUNCTION, "{}"), 429, "TooManyRequestsException").await;
    assert_eq!(body["Reason"], json!("ReservedFunctionConcurrentInvocationLimitExceeded"));
    api.lambda.shutdown().await;
}

#[tokio::test]
async fn a_dry_run_starts_no_instance_and_unknown_types_are_refused() {
    let api = Api::start(spec()).await;
    let typed = |name: &str| api.post(FUNCTION, "{}").header("x-amz-invocation-type", name.to_owned());
    assert_eq!(typed("DryRun").send().await.unwrap().status().as_u16(), 204);
    let response = api.post(FUNCTION, "{}").header("x-amz-log-type", "Tail").send().await.unwrap();
    let log = STANDARD.decode(header(&response, "x-amz-log-result").unwrap()).unwrap();
    assert!(
        String::from_utf8(log).unwrap().contains("Init Duration"),
        "the dry run must not start an instance"
    );
    assert_refused(typed("Batch"), 400, "InvalidParameterValueException").await;
}
