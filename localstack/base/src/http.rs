//! HTTP on loopback: clients for the stack and its command line, bodies with size and time limits, and a server that
//! tolerates slow, broken and vanished clients.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use reqwest::{Client, ClientBuilder};
use rustls::crypto::{CryptoProvider, ring};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::bare_status::WithBody;
use crate::listen::LoopbackListener;
use crate::stop::Stopped;

/// Maximum number of idle connections of a client to one host. A connection to a server of the same process takes two of the
/// process's file handles.
const IDLE_CONNECTIONS: usize = 16;

/// A client with a timeout. It never follows redirects and uses no proxy, because every server is on loopback.
///
/// # Errors
/// The error of the client builder.
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).no_proxy().build()
}

/// A client for any host. It uses the proxy from the environment variables, if they name one.
///
/// # Errors
/// The error of the client builder.
pub fn outbound(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).build()
}

fn builder(timeout: Duration) -> ClientBuilder {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have installed its provider first. That provider works as well.
        let _: Result<(), Arc<CryptoProvider>> = ring::default_provider().install_default();
    }
    let redirects = reqwest::redirect::Policy::none();
    Client::builder().timeout(timeout).redirect(redirects).pool_max_idle_per_host(IDLE_CONNECTIONS)
}

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The body has more bytes than the limit.
    #[error("the body is larger than allowed")]
    TooLarge,
    /// The body did not arrive in time.
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection broke, or the body is malformed.
    #[error("the body broke off")]
    Broken,
}

/// Reads the whole body: at most `limit` bytes, within `time`.
///
/// # Errors
/// [`BodyError`] when the body is too large, too slow or broken.
pub async fn collect(body: Body, limit: usize, time: Duration) -> Result<Bytes, BodyError> {
    match tokio::time::timeout(time, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TimedOut),
    }
}

/// Time limit for the request line and the headers. An idle connection is closed after this time too.
const HEAD_READ_LIMIT: Duration = Duration::from_secs(30);
/// Maximum bytes of request line and headers. API Gateway's own limit is much smaller. The gateway must be able to read
/// a larger head, because a client that is still sending may not see the response to a head that was not read.
const HEAD_BUFFER: usize = 1024 * 1024;
/// Maximum number of header fields. API Gateway limits their bytes and not their number. A field has at least four
/// bytes, so any number that fits in API Gateway's 10,240 bytes is accepted.
const HEADER_FIELDS: usize = 4096;
/// Time that running requests get after the stop signal.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);
/// Pause after a failed accept (for example too many open files). Without it the loop would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// [Serves](serve) `router` in a separate task until the stack stops.
#[must_use]
pub fn serve_until(
    listener: impl Into<LoopbackListener>,
    router: Router,
    mut stopped: Stopped,
) -> JoinHandle<()> {
    let listener = listener.into();
    tokio::spawn(async move { serve(listener, router, stopped.wait()).await })
}

/// Serves `router` until `stop` completes, then lets running requests finish within a time limit. Handlers get
/// the caller's address as [`ConnectInfo`].
pub async fn serve(listener: impl Into<LoopbackListener>, router: Router, stop: impl Future<Output = ()>) {
    let listener = listener.into();
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => start(stream, peer, router.clone(), &connections),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_LIMIT, connections.shutdown()).await.is_err() {
        tracing::warn!("running requests were cut off after the drain limit");
    }
}

fn start(stream: TcpStream, peer: SocketAddr, router: Router, connections: &GracefulShutdown) {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_LIMIT)
        .max_buf_size(HEAD_BUFFER)
        .max_headers(HEADER_FIELDS)
        .serve_connection(TokioIo::new(WithBody::new(stream)), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::extract::ConnectInfo;
    use axum::routing::get;
    use futures::future::join_all;
    use tokio::net::TcpListener;
    use tokio::sync::Barrier;

    use super::{IDLE_CONNECTIONS, client, serve_until};
    use crate::stop::Stop;

    /// Concurrent requests, of which each needs a connection of its own.
    const CONCURRENT: usize = 40;

    #[tokio::test]
    async fn a_client_keeps_few_idle_connections() {
        let barrier = Arc::new(Barrier::new(CONCURRENT));
        let meet = move |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
            barrier.wait().await;
            peer.to_string()
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (url, stop) = (format!("http://{}", listener.local_addr().unwrap()), Stop::default());
        let _server = serve_until(listener, Router::new().route("/", get(meet)), stop.listen());
        let client = client(Duration::from_secs(30)).unwrap();
        let call = || async { client.get(&url).send().await.unwrap().text().await.unwrap() };
        let mut connections: BTreeSet<String> = BTreeSet::new();
        for _ in 0..2 {
            connections.extend(join_all((0..CONCURRENT).map(|_| call())).await);
        }
        let reused = 2 * CONCURRENT - connections.len();
        assert!((1..=IDLE_CONNECTIONS).contains(&reused), "{reused}");
    }
}
