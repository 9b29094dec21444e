//! Faults between a client and its service. A script has one fault for each request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The fault of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The request succeeds.
    None,
    /// The request takes effect, but its response is lost.
    LostAnswer,
    /// The request is not sent.
    NotSent,
    /// The request is throttled and has no effect.
    Throttled,
    /// The request is sent after this time.
    Delayed(Duration),
    /// The request does not reach the service. The client gets this response instead.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The JSON body.
        body: Value,
    },
}

/// A script of faults. Each request takes the next fault. After the last fault, requests succeed. Clones share the
/// script.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<VecDeque<Fault>>>);

impl Faults {
    /// Adds `faults` to the end of the script.
    pub fn script(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.lock().unwrap().extend(faults);
    }

    /// Removes the rest of the script.
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Whether every fault of the script has happened.
    #[must_use]
    pub fn are_over(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }

    /// Wraps `inner` in a client that applies these faults.
    #[must_use]
    pub fn around(&self, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(FaultyClient { inner, faults: self.clone() })
    }

    fn next(&self) -> Fault {
        self.0.lock().unwrap().pop_front().unwrap_or(Fault::None)
    }
}

#[derive(Debug)]
struct FaultyClient {
    inner: SharedHttpClient,
    faults: Faults,
}

impl HttpClient for FaultyClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, faults: self.faults.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    faults: Faults,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        match self.faults.next() {
            Fault::None => inner.call(request),
            Fault::LostAnswer => HttpConnectorFuture::new(async move {
                inner.call(request).await?;
                Err(ConnectorError::io("the response is lost".into()))
            }),
            Fault::NotSent => HttpConnectorFuture::ready(Err(ConnectorError::io("not sent".into()))),
            Fault::Throttled => HttpConnectorFuture::ready(Ok(throttle())),
            Fault::Delayed(by) => HttpConnectorFuture::new(async move {
                tokio::time::sleep(by).await;
                inner.call(request).await
            }),
            Fault::Answered { status, body } => HttpConnectorFuture::ready(Ok(answer(status, &body))),
        }
    }
}

fn throttle() -> HttpResponse {
    let name = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
    answer(
        400,
        &json!({ "__type": name, "message": "The level of configured provisioned throughput was exceeded." }),
    )
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))
}
