//! An API in front of a function that records its events and returns what the test specifies.

use std::future::Future;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use stack_base::http;
use stack_gateway::api::{Route, admitting, router};
use stack_lambda::{Invocation, Invoke, InvokeError};
use stack_template::Cors;
use tokio::net::TcpListener;

/// Result of the test function.
pub(crate) type InvokeResult = Result<Invocation, InvokeError>;

/// A call that the function received.
#[derive(Debug, Clone)]
pub(crate) struct FunctionCall {
    pub(crate) function: String,
    pub(crate) event: Value,
    pub(crate) trace: Option<String>,
}

/// The test function.
#[derive(Clone)]
pub(crate) struct Function {
    calls: Arc<Mutex<Vec<FunctionCall>>>,
    answer: Arc<dyn Fn() -> InvokeResult + Send + Sync>,
}

impl Invoke for Function {
    fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        trace: Option<&str>,
    ) -> impl Future<Output = InvokeResult> + Send {
        let event = serde_json::from_slice(&payload).unwrap();
        let call = FunctionCall { function: function.to_owned(), event, trace: trace.map(str::to_owned) };
        self.calls.lock().unwrap().push(call);
        std::future::ready((self.answer)())
    }
}

/// A successful result with this payload.
pub(crate) fn answer(payload: impl Into<Bytes>) -> Invocation {
    Invocation {
        request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
        payload: payload.into(),
        ..Invocation::default()
    }
}

/// A running API.
pub(crate) struct Api {
    pub(crate) address: SocketAddr,
    client: Client,
    function: Function,
}

impl Api {
    /// Starts an API whose function returns `{}`.
    pub(crate) async fn start() -> Self {
        Self::answering(|| Ok(answer(json!({}).to_string()))).await
    }

    /// Starts an API whose function returns `outcome`.
    pub(crate) async fn answering(outcome: impl Fn() -> InvokeResult + Send + Sync + 'static) -> Self {
        Self::with(None, outcome).await
    }

    /// Starts an API with this CORS configuration, whose function returns `outcome`.
    pub(crate) async fn with(
        cors: Option<Cors>,
        outcome: impl Fn() -> InvokeResult + Send + Sync + 'static,
    ) -> Self {
        Self::under(&[], cors, outcome).await
    }

    /// Starts an API that also has these domains.
    pub(crate) async fn under(
        domains: &[String],
        cors: Option<Cors>,
        outcome: impl Fn() -> InvokeResult + Send + Sync + 'static,
    ) -> Self {
        let route = |method: &str, path: &str, function: &str| Route {
            method: method.to_owned(),
            path: path.to_owned(),
            function: function.to_owned(),
            guard: None,
        };
        let routes = vec![
            route("POST", "/commands/orders", "create-order"),
            route("POST", "/commands/orders/{id}/confirm", "confirm-order"),
            route("GET", "/queries/orders", "list-orders"),
            route("HEAD", "/queries/orders", "list-orders"),
        ];
        let function = Function { calls: Arc::default(), answer: Arc::new(outcome) };
        let front = admitting(router(routes, cors, function.clone()), domains);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(http::serve(listener, front, std::future::pending()));
        let client = http::client(Duration::from_mins(1)).unwrap();
        Self { address, client, function }
    }

    /// Starts a request with any method.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{path}", self.address))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("http://{}{path}", self.address))
    }

    /// Every call that the function received.
    pub(crate) fn calls(&self) -> Vec<FunctionCall> {
        self.function.calls.lock().unwrap().clone()
    }

    /// Sends a request and returns the call that it caused.
    pub(crate) async fn call_of(&self, request: RequestBuilder) -> FunctionCall {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        self.calls().pop().unwrap()
    }

    /// Sends a request and returns the event that it caused.
    pub(crate) async fn event_of(&self, request: RequestBuilder) -> Value {
        self.call_of(request).await.event
    }

    /// Sends raw bytes and returns the complete response.
    pub(crate) async fn send_raw(&self, request: String) -> String {
        let address = self.address;
        let exchange = move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        tokio::task::spawn_blocking(exchange).await.unwrap()
    }

    /// Asserts that API Gateway itself answers the request with this error.
    pub(crate) async fn assert_refused(&self, request: RequestBuilder, status: u16, message: &str) {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["apigw-requestid"].len(), 16);
        assert_eq!(response.json::<Value>().await.unwrap(), json!({ "message": message }));
    }
}
