//! Handing every export request on to a backend of the reader's own, as it came.
//!
//! No exporter waits for the backend: a request that finds the queue full is dropped, and so is one that the backend does
//! not take at once. Drops
//! are counted, and told at the first one and at the end.

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

/// Bytes of all requests that wait or are under way.
const QUEUE: usize = 32 * 1024 * 1024;
/// What a small request counts for: with this there are at most 8,192 of them.
const LEAST: usize = 4 * 1024;
/// Requests under way.
const CONCURRENCY: usize = 16;
/// Time the backend gets for each.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Time for what is queued when the stack stops.
const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// The receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The client to the backend cannot be made.
    #[error("the client to the OTLP backend cannot be made: {0}")]
    Client(#[source] reqwest::Error),
    /// The backend's URL is of a kind that cannot be posted to.
    #[error("the OTLP backend's URL must be http:// or https:// with a host")]
    Backend,
    /// What is received would be handed on to the receiver itself.
    #[error("the OTLP backend's URL is the receiver's own address")]
    OwnAddress,
}

/// A backend that speaks OTLP over HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Backend {
    /// Its base URL, to which `/v1/traces` is added.
    pub url: Url,
    /// Headers that it wants, such as a key.
    pub headers: BTreeMap<String, String>,
}

impl Backend {
    /// Whether this is the address itself that spans are received at.
    #[must_use]
    pub fn is_at(&self, receiver: SocketAddr) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let is_here = ["localhost", "127.0.0.1"].contains(&host);
        is_here && self.url.port_or_known_default() == Some(receiver.port())
    }
}

impl fmt::Debug for Backend {
    /// Header values are secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        formatter.debug_struct("Backend").field("url", &self.url.as_str()).field("headers", &names).finish()
    }
}

/// One request as it came.
#[derive(Debug)]
pub(super) struct Export {
    pub(super) content_type: String,
    pub(super) content_encoding: Option<String>,
    pub(super) body: Bytes,
}

/// What became of the requests so far; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Forwarded(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    taken: AtomicU64,
    dropped: AtomicU64,
}

/// The way to the backend; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Forwarder {
    queue: mpsc::UnboundedSender<Queued>,
    room: Arc<Semaphore>,
    forwarded: Forwarded,
}

/// A request and the room it takes.
type Queued = (Export, OwnedSemaphorePermit);

impl Forwarder {
    /// Starts to hand on, until the stack stops or every [`Forwarder`] is gone.
    ///
    /// # Errors
    /// [`OtlpError`]: there is no client, or the backend's URL cannot be one.
    pub(super) fn start(backend: &Backend, stopped: Stopped) -> Result<(Self, JoinHandle<()>), OtlpError> {
        let client = stack_base::http::outbound(TIMEOUT).map_err(OtlpError::Client)?;
        let (queue, waiting) = mpsc::unbounded_channel();
        let forwarded = Forwarded::default();
        let sender = Arc::new(Sender { client, backend: traces_of(backend)?, forwarded: forwarded.clone() });
        let task = tokio::spawn(sender.run(waiting, stopped));
        Ok((Self { queue, room: Arc::new(Semaphore::new(QUEUE)), forwarded }, task))
    }

    /// What became of the requests.
    pub(super) fn forwarded(&self) -> &Forwarded {
        &self.forwarded
    }

    /// Queues a request, or drops it.
    pub(super) fn offer(&self, export: Export) {
        let size = u32::try_from(export.body.len().max(LEAST)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(size);
        let queued = room.ok().and_then(|room| self.queue.send((export, room)).ok());
        if queued.is_none() {
            self.forwarded.drop_one(&"too many wait for it");
        }
    }
}

/// The other end of the queue.
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
            tracing::warn!(dropped = self.forwarded.dropped(), "requests with spans were not handed on");
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
            Ok(_) => drop(self.forwarded.0.taken.fetch_add(1, Ordering::Relaxed)),
            // The URL may hold a secret.
            Err(error) => self.forwarded.drop_one(&error.without_url()),
        }
    }
}

impl Forwarded {
    /// Requests that the backend has taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Relaxed)
    }

    /// Requests that the backend has not got and will not get.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Only the first is told: a backend that is gone would fill the log.
    fn drop_one(&self, reason: &dyn fmt::Display) {
        if self.0.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(%reason, "a request with spans is not handed on; further ones are only counted");
        }
    }
}

/// The backend with the whole address that spans are posted to.
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
