//! An AWS service behind the SDK whose responses are a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use serde_json::{Value, json};
use tokio::time::Instant;

/// How a scripted service reacts to one request.
#[derive(Debug, Clone, PartialEq)]
pub enum ScriptedAnswer {
    /// It responds.
    Response {
        /// The HTTP status.
        status: u16,
        /// The JSON body.
        body: Value,
    },
    /// The connection fails.
    Unreachable,
}

impl ScriptedAnswer {
    /// The response of a successful request.
    #[must_use]
    pub const fn success(body: Value) -> Self {
        Self::Response { status: 200, body }
    }

    /// The response of a failed request, with the error's code.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        Self::Response { status, body: json!({"__type": code, "message": "scripted"}) }
    }
}

/// A request that a scripted service has received.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptedRequest {
    /// When the request arrived.
    pub at: Instant,
    /// The name of the operation, without the name of the service.
    pub operation: String,
    /// The JSON body.
    pub body: Value,
}

/// A service of the AWS JSON protocol that answers from a script and keeps the requests. A request after the end of the
/// script panics. Clones share the script and the requests.
#[derive(Debug, Clone)]
pub struct ScriptedService {
    script: Arc<Mutex<VecDeque<ScriptedAnswer>>>,
    requests: Arc<Mutex<Vec<ScriptedRequest>>>,
}

impl ScriptedService {
    /// A service that answers the next requests with `script`.
    #[must_use]
    pub fn answering(script: impl IntoIterator<Item = ScriptedAnswer>) -> Self {
        let script = Arc::new(Mutex::new(script.into_iter().collect()));
        Self { script, requests: Arc::default() }
    }

    /// The configuration of a client of this service, without retries.
    #[must_use]
    pub fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("test", "test", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .build()
    }

    /// The requests of the whole script. Panics if the script is not at its end.
    #[must_use]
    pub fn requests(&self) -> Vec<ScriptedRequest> {
        let unused = self.script.lock().unwrap();
        assert!(unused.is_empty(), "the client has not sent enough requests for {unused:?}");
        self.requests.lock().unwrap().clone()
    }
}

impl HttpClient for ScriptedService {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for ScriptedService {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        self.requests.lock().unwrap().push(ScriptedRequest { at: Instant::now(), operation, body });
        HttpConnectorFuture::ready(match self.script.lock().unwrap().pop_front().unwrap() {
            ScriptedAnswer::Response { status, body } => {
                Ok(HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string())))
            }
            ScriptedAnswer::Unreachable => Err(ConnectorError::io("no connection".into())),
        })
    }
}
