//! The part of Lambda's Runtime API that one instance needs. It passes each call to the benchmark with the time of the
//! call.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// The timeout of an invocation, which the function receives as its deadline. It is long, because a function is fifty
/// times slower under callgrind.
const TIMEOUT: Duration = Duration::from_mins(5);

/// The request id and the function's ARN of every invocation.
const REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:footprint";

/// A call from the instance, with the time of its arrival.
#[derive(Debug)]
pub(crate) enum RuntimeCall {
    /// `GET /next`, with the sender for the event.
    Next(Instant, oneshot::Sender<Vec<u8>>),
    /// `POST /response`, with the response.
    Response(Instant, Bytes),
    /// `POST /error`, with the error of an invocation or of the initialization.
    Error(Bytes),
}

/// The state of the Runtime API of one instance.
#[derive(Debug, Clone)]
struct ApiState {
    calls: mpsc::Sender<RuntimeCall>,
    /// The number of delivered events.
    delivered: watch::Sender<u64>,
    /// The receiver through which the extension waits for the next event in `delivered`.
    for_extension: Arc<Mutex<watch::Receiver<u64>>>,
}

type SharedState = State<ApiState>;

/// A server in this process. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // Nagle's algorithm would delay small messages.
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        let serving = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, serving })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Starts a Runtime API and returns its server and a receiver of the calls.
pub(crate) async fn open() -> io::Result<(Server, mpsc::Receiver<RuntimeCall>)> {
    let (sender, calls) = mpsc::channel(1);
    let (delivered, for_extension) = watch::channel(0);
    let state = ApiState { calls: sender, delivered, for_extension: Arc::new(Mutex::new(for_extension)) };
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .route("/2020-01-01/extension/register", post(register))
        .route("/2020-01-01/extension/event/next", get(next_of_extension))
        .with_state(state);
    Ok((Server::start(router).await?, calls))
}

async fn next(State(ApiState { calls, delivered: count, .. }): SharedState) -> Response {
    let at = Instant::now();
    let (deliver, delivered) = oneshot::channel();
    calls.send(RuntimeCall::Next(at, deliver)).await.ok();
    match delivered.await {
        Ok(event) => {
            count.send_modify(|count| *count += 1);
            (headers(), event).into_response()
        }
        // The benchmark has dropped the sender, because it ends the instance.
        Err(_) => StatusCode::GONE.into_response(),
    }
}

/// The deadline of an invocation that begins now, in milliseconds since 1970.
fn deadline_ms() -> u128 {
    (SystemTime::now() + TIMEOUT).duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn headers() -> [(&'static str, String); 4] {
    [
        ("lambda-runtime-aws-request-id", REQUEST_ID.to_owned()),
        ("lambda-runtime-deadline-ms", deadline_ms().to_string()),
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN.to_owned()),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned(),
        ),
    ]
}

async fn response(State(ApiState { calls, .. }): SharedState, body: Bytes) -> StatusCode {
    calls.send(RuntimeCall::Response(Instant::now(), body)).await.ok();
    StatusCode::ACCEPTED
}

async fn error(State(ApiState { calls, .. }): SharedState, body: Bytes) -> StatusCode {
    calls.send(RuntimeCall::Error(body)).await.ok();
    StatusCode::ACCEPTED
}

/// Registers an extension (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>).
async fn register() -> impl IntoResponse {
    let identifier = HeaderName::from_static("lambda-extension-identifier");
    let function = r#"{"functionName":"footprint","functionVersion":"$LATEST","handler":"bootstrap"}"#;
    ([(identifier, "7d9f5d6c-8f0b-4f8e-9b25-1f1c7f6f5b1a")], function)
}

/// Waits until an event is delivered, and tells the extension.
async fn next_of_extension(State(ApiState { for_extension, .. }): SharedState) -> Response {
    if for_extension.lock().await.changed().await.is_err() {
        return StatusCode::GONE.into_response();
    }
    let event = json!({
        "eventType": "INVOKE",
        "deadlineMs": deadline_ms(),
        "requestId": REQUEST_ID,
        "invokedFunctionArn": FUNCTION_ARN,
        "tracing": {"type": "X-Amzn-Trace-Id", "value": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"},
    });
    event.to_string().into_response()
}
