//! The Runtime API for one instance, as little of it as an instance needs: it hands calls on with their time.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How long an invocation may take, as the function is told: under callgrind it is fifty times slower.
const TIMEOUT: Duration = Duration::from_mins(5);

/// A call of the instance, with when it came.
#[derive(Debug)]
pub(crate) enum Call {
    /// `GET /next`; the event is to be put here.
    Next(Instant, oneshot::Sender<Vec<u8>>),
    /// `POST /response`, with the response.
    Answer(Instant, Bytes),
    /// `POST /error`, of an invocation or of the start.
    Failure(Bytes),
}

type Calls = State<mpsc::Sender<Call>>;

/// A Runtime API that answers until it is dropped.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) address: SocketAddr,
    pub(crate) calls: mpsc::Receiver<Call>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    pub(crate) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (taken, calls) = mpsc::channel(1);
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failure))
            .route("/2018-06-01/runtime/init/error", post(failure))
            .with_state(taken);
        // Nagle's algorithm would hold small messages back.
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, calls, server })
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(calls): Calls) -> Response {
    let at = Instant::now();
    let (deliver, delivered) = oneshot::channel();
    calls.send(Call::Next(at, deliver)).await.ok();
    match delivered.await {
        Ok(event) => (headers(), event).into_response(),
        // The instance is being ended.
        Err(_) => StatusCode::GONE.into_response(),
    }
}

fn headers() -> [(&'static str, String); 4] {
    let deadline = (SystemTime::now() + TIMEOUT).duration_since(UNIX_EPOCH).unwrap_or_default();
    [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:footprint".to_owned(),
        ),
        (
            "lambda-runtime-trace-id",
            "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned(),
        ),
    ]
}

async fn answer(State(calls): Calls, body: Bytes) -> StatusCode {
    calls.send(Call::Answer(Instant::now(), body)).await.ok();
    StatusCode::ACCEPTED
}

async fn failure(State(calls): Calls, body: Bytes) -> StatusCode {
    calls.send(Call::Failure(body)).await.ok();
    StatusCode::ACCEPTED
}
