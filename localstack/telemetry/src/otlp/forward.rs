//! Forwards every export request unchanged to a backend that the developer chose.
//!
//! No exporter waits for the backend. A request is dropped if the queue is full, or if the backend does not accept it
//! at the first attempt. Drops are counted. The first drop and the total at the end are logged.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, Url};
use stack_base::stop::Stopped;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet};

use super::encoding::TRACES_PATH;

/// Maximum size in bytes of all requests that wait or are being sent.
const QUEUE: usize = 32 * 1024 * 1024;
/// Minimum size that each request counts for. It limits the queue to 8,192 requests.
const LEAST: usize = 4 * 1024;
/// Maximum number of requests being sent.
const CONCURRENCY: usize = 16;
/// Timeout of each request to the backend.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Time limit for sending the queued requests when the stack stops.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// Why the receiver cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The HTTP client for the backend cannot be created.
    #[error("cannot create the HTTP client for the OTLP backend: {0}")]
    Client(#[source] reqwest::Error),
    /// The backend's URL is not an HTTP URL.
    #[error("the OTLP backend's URL must be http:// or https:// with a host")]
    Backend,
    /// The backend is the receiver itself, so forwarding would loop.
    #[error("the OTLP backend's URL is the receiver's own address")]
    OwnAddress,
}

/// A backend that accepts OTLP over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Backend {
    /// Base URL. `/v1/traces` is appended to it.
    pub url: Url,
    /// Headers for the backend, such as an API key.
    pub headers: BTreeMap<String, String>,
}

impl Backend {
    /// True if the backend is the receiver at this address.
    #[must_use]
    pub fn is_at(&self, receiver: SocketAddr) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let is_here = ["localhost", "127.0.0.1"].contains(&host);
        is_here && self.url.port_or_known_default() == Some(receiver.port())
    }
}

impl fmt::Debug for Backend {
    /// Prints only the names of the headers, because their values may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        formatter.debug_struct("Backend").field("url", &self.url.as_str()).field("headers", &names).finish()
    }
}

/// One request to forward, unchanged.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) content_type: String,
    pub(super) content_encoding: Option<String>,
    pub(super) body: Bytes,
}

/// Counters of the forwarded requests. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Forwarded(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicU64,
    dropped: AtomicU64,
}

/// Forwards requests to the backend. Clones share the queue.
#[derive(Debug, Clone)]
pub(super) struct Forwarder {
    queue: mpsc::UnboundedSender<Queued>,
    room: Arc<Semaphore>,
    forwarded: Forwarded,
}

/// A request with its share of the queue's capacity.
type Queued = (Export, OwnedSemaphorePermit);

impl Forwarder {
    /// Starts forwarding until the stack stops or every [`Forwarder`] is dropped.
    ///
    /// # Errors
    /// [`OtlpError`] when the HTTP client cannot be created or the backend's URL is invalid.
    pub(super) fn start(backend: &Backend, stopped: Stopped) -> Result<(Self, JoinHandle<()>), OtlpError> {
        let client = stack_base::http::outbound(TIMEOUT).map_err(OtlpError::Client)?;
        let (queue, waiting) = mpsc::unbounded_channel();
        let forwarded = Forwarded::default();
        let sender = Arc::new(Sender { client, backend: traces_of(backend)?, forwarded: forwarded.clone() });
        let task = tokio::spawn(sender.run(waiting, stopped));
        Ok((Self { queue, room: Arc::new(Semaphore::new(QUEUE)), forwarded }, task))
    }

    /// Counters of the forwarded requests.
    pub(super) fn forwarded(&self) -> &Forwarded {
        &self.forwarded
    }

    /// Queues a request, or drops it if the queue is full.
    pub(super) fn offer(&self, export: Export) {
        let size = u32::try_from(export.body.len().max(LEAST)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size);
        let queued = room.ok().and_then(|room| self.queue.send((export, room)).ok());
        if queued.is_none() {
            self.forwarded.drop_one(&"the queue to the backend is full");
        }
    }
}

/// The task that sends queued requests.
struct Sender {
    client: Client,
    backend: Backend,
    forwarded: Forwarded,
}

impl Sender {
    async fn run(self: Arc<Self>, mut waiting: mpsc::UnboundedReceiver<Queued>, mut stopped: Stopped) {
        let drained = async {
            stopped.wait().await;
            tokio::time::sleep(DRAIN_LIMIT).await;
        };
        tokio::select! {
            () = self.send_all(&mut waiting) => {}
            () = drained => {}
        }
        waiting.close();
        while waiting.try_recv().is_ok() {
            self.forwarded.drop_one(&"the stack has stopped");
        }
        if self.forwarded.dropped() > 0 {
            tracing::warn!(
                dropped = self.forwarded.dropped(),
                "requests with spans were not forwarded to the backend"
            );
        }
    }

    async fn send_all(self: &Arc<Self>, waiting: &mut mpsc::UnboundedReceiver<Queued>) {
        let mut sending = JoinSet::new();
        while let Some((export, room)) = waiting.recv().await {
            if sending.len() >= CONCURRENCY {
                sending.join_next().await;
            }
            let sender = Arc::clone(self);
            sending.spawn(async move {
                sender.send(export).await;
                drop(room);
            });
        }
        while sending.join_next().await.is_some() {}
    }

    async fn send(&self, export: Export) {
        let mut request = self.client.post(self.backend.url.clone()).body(export.body);
        request = request.header(CONTENT_TYPE, export.content_type);
        if let Some(encoding) = export.content_encoding {
            request = request.header(CONTENT_ENCODING, encoding);
        }
        for (name, value) in &self.backend.headers {
            request = request.header(name, value);
        }
        match request.send().await.and_then(reqwest::Response::error_for_status) {
            Ok(_) => drop(self.forwarded.0.accepted.fetch_add(1, Ordering::Relaxed)),
            // The error omits the URL, because it may contain a secret.
            Err(error) => self.forwarded.drop_one(&error.without_url()),
        }
    }
}

impl Forwarded {
    /// Number of requests that the backend accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.0.accepted.load(Ordering::Relaxed)
    }

    /// Number of requests that the backend did not accept. They are not sent again.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Counts a dropped request. Only the first drop is logged, because an unreachable backend would fill the log.
    fn drop_one(&self, reason: &dyn fmt::Display) {
        if self.0.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(%reason, "a request with spans was not forwarded; later drops are only counted");
        }
    }
}

/// Appends the traces path to the backend's URL.
fn traces_of(backend: &Backend) -> Result<Backend, OtlpError> {
    let Backend { url, headers } = backend;
    let path = format!("{}{TRACES_PATH}", url.path().trim_end_matches('/'));
    let mut url = url.clone();
    if !["http", "https"].contains(&url.scheme()) || !url.has_host() {
        return Err(OtlpError::Backend);
    }
    url.set_path(&path);
    Ok(Backend { url, headers: headers.clone() })
}
