//! Collectors that are of no use.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// How a collector fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// Nobody listens.
    Absent,
    /// It takes a request and never answers.
    Silent,
    /// It answers that it cannot.
    Refusing,
}

/// A collector that fails, until it is dropped.
#[derive(Debug)]
pub(crate) struct Collector {
    /// Its base URL.
    pub(crate) url: String,
    asked: Arc<AtomicUsize>,
    serving: Option<AbortHandle>,
}

impl Collector {
    pub(crate) async fn that_is(failing: Failing) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let serving = (failing != Failing::Absent).then(|| {
            let route = post(move |State(asked): State<Arc<AtomicUsize>>| answer(failing, asked));
            let router = Router::new().route("/v1/traces", route).with_state(Arc::clone(&asked));
            tokio::spawn(async move { axum::serve(listener, router).await }).abort_handle()
        });
        Self { url, asked, serving }
    }

    /// How many requests have come.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn answer(failing: Failing, asked: Arc<AtomicUsize>) -> StatusCode {
    asked.fetch_add(1, Ordering::Relaxed);
    match failing {
        Failing::Refusing => StatusCode::SERVICE_UNAVAILABLE,
        Failing::Absent | Failing::Silent => pending().await,
    }
}
