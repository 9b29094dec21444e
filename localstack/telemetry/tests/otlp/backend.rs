//! A backend that requests are handed on to.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use stack_telemetry::otlp::Backend;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// One request as it arrived.
pub(crate) struct Arrived {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How a backend answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Manner {
    Takes,
    Refuses,
    NeverAnswers,
}

/// Starts a backend; gives its URL and what arrives.
pub(crate) async fn start(manner: Manner) -> (String, mpsc::UnboundedReceiver<Arrived>) {
    let (arrivals, arrived) = mpsc::unbounded_channel();
    let router =
        Router::new().fallback(take).layer(DefaultBodyLimit::disable()).with_state((manner, arrivals));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, arrived)
}

/// The backend at `url`, which wants a key.
pub(crate) fn at(url: &str) -> Backend {
    Backend {
        url: url.parse().unwrap(),
        headers: BTreeMap::from([("x-key".to_owned(), "secret".to_owned())]),
    }
}

async fn take(
    State((manner, arrivals)): State<(Manner, mpsc::UnboundedSender<Arrived>)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    arrivals.send(Arrived { path: uri.path().to_owned(), headers, body }).ok();
    match manner {
        Manner::Takes => StatusCode::OK,
        Manner::Refuses => StatusCode::SERVICE_UNAVAILABLE,
        Manner::NeverAnswers => std::future::pending().await,
    }
}
