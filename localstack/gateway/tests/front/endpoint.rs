//! An endpoint in place of `LocalStack`: it lists a stack's resources, and answers for every function.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use stack_gateway::front::{Front, FrontError, FrontOptions};
use stack_gateway::identity::TokenRequest;
use tokio::net::TcpListener;

/// A function call that the endpoint received.
#[derive(Debug, Clone)]
pub(crate) struct FunctionCall {
    pub(crate) function: String,
    pub(crate) headers: HeaderMap,
    pub(crate) event: Value,
}

#[derive(Clone)]
struct Endpoint {
    calls: Arc<Mutex<Vec<FunctionCall>>>,
    answer: fn() -> Response,
}

/// A running front and the calls that its endpoint received.
pub(crate) struct FrontWithEndpoint {
    pub(crate) front: Front,
    calls: Arc<Mutex<Vec<FunctionCall>>>,
}

/// A function's result with status 201.
pub(crate) fn created() -> Response {
    json!({"statusCode": 201, "body": "made"}).to_string().into_response()
}

/// Serves an endpoint whose functions return `answer`. Returns its address and the calls that it receives.
pub(crate) async fn endpoint(answer: fn() -> Response) -> (SocketAddr, Arc<Mutex<Vec<FunctionCall>>>) {
    let calls = Arc::default();
    let router = Router::new()
        .route("/2015-03-31/functions/{function}/invocations", post(invoke))
        .route("/", post(list))
        .with_state(Endpoint { calls: Arc::clone(&calls), answer });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, calls)
}

async fn invoke(
    State(endpoint): State<Endpoint>,
    Segment(function): Segment<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let event = serde_json::from_slice(&body).unwrap();
    endpoint.calls.lock().unwrap().push(FunctionCall { function, headers, event });
    (endpoint.answer)()
}

/// Lists the stack `shop` in two pages, with the functions on the second. Every other stack is unknown.
async fn list(headers: HeaderMap, body: String) -> Response {
    assert_eq!(headers["accept"], "application/json");
    let has = |text: &str| body.split('&').any(|field| field == text);
    assert!(has("Action=ListStackResources"), "{body}");
    if !has("StackName=shop") {
        return (StatusCode::BAD_REQUEST, "Stack does not exist").into_response();
    }
    if !has("NextToken=2") {
        let queue = resource("DeadLetterQueue", "AWS::SQS::Queue", "http://queue");
        return page(&[queue], Some("2")).into_response();
    }
    let names =
        functions().into_iter().map(|id| resource(&id, "AWS::Lambda::Function", &format!("shop-{id}-1")));
    page(&names.collect::<Vec<_>>(), None).into_response()
}

fn resource(id: &str, kind: &str, physical: &str) -> Value {
    json!({"LogicalResourceId": id, "ResourceType": kind, "PhysicalResourceId": physical})
}

fn page(resources: &[Value], next: Option<&str>) -> String {
    let result = json!({"StackResourceSummaries": {"member": resources}, "NextToken": next});
    json!({"ListStackResourcesResponse": {"ListStackResourcesResult": result}}).to_string()
}

/// The logical ids of all functions in the project's template.
fn functions() -> Vec<String> {
    let text = std::fs::read_to_string(template()).unwrap();
    let document = stack_template::parse_yaml(&text).unwrap();
    let resources = document["Resources"].as_object().unwrap().iter();
    let functions = resources.filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
    functions.map(|(id, _)| id.clone()).collect()
}

fn template() -> std::path::PathBuf {
    stack_template::template_of(&stack_template::project())
}

/// Options for a front with the project's template and this endpoint.
pub(crate) fn options(endpoint: SocketAddr, stack: Option<&str>) -> FrontOptions {
    FrontOptions {
        template: template(),
        parameters: std::collections::BTreeMap::new(),
        port: 0,
        endpoint: format!("http://{endpoint}/"),
        region: "eu-central-1".to_owned(),
        stack_name: stack.map(str::to_owned),
    }
}

/// Starts a front that must fail, and returns the error message, which must have one line.
pub(crate) async fn refusal(options: FrontOptions) -> String {
    let error: FrontError = Front::start(options).await.unwrap_err();
    let line = error.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

impl FrontWithEndpoint {
    /// Starts a front and an endpoint whose functions return `answer`.
    pub(crate) async fn start(stack: Option<&str>, answer: fn() -> Response) -> Self {
        let (address, calls) = endpoint(answer).await;
        Self { front: Front::start(options(address, stack)).await.unwrap(), calls }
    }

    /// Requests the list of orders as a customer. Returns status and body.
    pub(crate) async fn list_orders(&self) -> (u16, String) {
        let token = self.front.issuer.token(&TokenRequest::new("user-1", "orders:read")).unwrap();
        self.get(&token).await
    }

    /// Requests the list of orders with `token`. Returns status and body.
    pub(crate) async fn get(&self, token: &str) -> (u16, String) {
        let client = stack_base::http::client(Duration::from_mins(1)).unwrap();
        let request = client.get(format!("{}/queries/orders", self.front.base_url)).bearer_auth(token);
        let answer = request.header("x-amzn-trace-id", "Root=1-0-1").send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The calls that the endpoint received.
    pub(crate) fn calls(&self) -> Vec<FunctionCall> {
        self.calls.lock().unwrap().clone()
    }
}
