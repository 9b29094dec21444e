//! A fake of Lambda's Runtime API for one sandbox.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};

use crate::collector::patiently;

/// An event for the function.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) request_id: String,
    pub(crate) trace: Option<String>,
    /// The end of the invocation, in milliseconds after the Unix epoch.
    pub(crate) deadline: u64,
    pub(crate) payload: Value,
}

#[derive(Clone)]
pub(crate) struct RuntimeApi {
    pub(crate) address: String,
    events: mpsc::UnboundedSender<Event>,
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Event>>>,
    answers: mpsc::UnboundedSender<(String, Value)>,
    polls: watch::Sender<usize>,
}

impl RuntimeApi {
    /// Starts a Runtime API. The receiver gets the responses that the function posts, with their request ids.
    pub(crate) async fn start() -> (Self, mpsc::UnboundedReceiver<(String, Value)>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (events, waiting) = mpsc::unbounded_channel();
        let (answers, posted) = mpsc::unbounded_channel();
        let address = listener.local_addr().unwrap().to_string();
        let waiting = Arc::new(Mutex::new(waiting));
        let api = Self { address, events, waiting, answers, polls: watch::Sender::new(0) };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answer))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(answer))
            .with_state(api.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (api, posted)
    }

    pub(crate) fn send(&self, event: Event) {
        self.events.send(event).unwrap();
    }

    /// Waits until the function has asked for its event number `number`, starting at one.
    pub(crate) async fn wait_for_poll(&self, number: usize) {
        let mut polls = self.polls.subscribe();
        patiently("poll", polls.wait_for(|polls| *polls >= number)).await.unwrap();
    }
}

async fn next(State(api): State<RuntimeApi>) -> (HeaderMap, String) {
    api.polls.send_modify(|polls| *polls += 1);
    let Event { request_id, trace, deadline, payload } = api.waiting.lock().await.recv().await.unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", request_id.parse().unwrap());
    headers.insert("lambda-runtime-deadline-ms", deadline.into());
    headers.insert("lambda-runtime-invoked-function-arn", "arn:aws:lambda:::function:echo".parse().unwrap());
    if let Some(trace) = trace {
        headers.insert("lambda-runtime-trace-id", trace.parse().unwrap());
    }
    (headers, payload.to_string())
}

async fn answer(State(api): State<RuntimeApi>, Path(id): Path<String>, body: String) -> StatusCode {
    api.answers.send((id, serde_json::from_str(&body).unwrap())).unwrap();
    StatusCode::ACCEPTED
}
