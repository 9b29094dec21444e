//! HTTP on loopback: clients of the stack and of its command line, bodies within bounds, and a server for callers that may
//! be slow, broken or gone.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::stop::Stopped;

/// A client that gives up after `timeout`, never follows a redirect and uses no proxy: everything is on loopback.
///
/// # Errors
/// What the client builder says.
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).no_proxy().build()
}

/// A client to anywhere: by the proxy that the environment names, if it names one.
///
/// # Errors
/// What the client builder says.
pub fn outbound(timeout: Duration) -> Result<Client, reqwest::Error> {
    builder(timeout).build()
}

fn builder(timeout: Duration) -> ClientBuilder {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been first; then its provider is as good.
        let _: Result<(), Arc<CryptoProvider>> = ring::default_provider().install_default();
    }
    Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none())
}

/// Why a body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It has more bytes than allowed.
    #[error("the body is larger than allowed")]
    TooLarge,
    /// It did not arrive in time.
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The connection broke or the body is malformed.
    #[error("the body broke off")]
    Broken,
}

/// The whole of `body`, of at most `limit` bytes, read within `time`.
///
/// # Errors
/// [`BodyError`] says which bound was broken.
pub async fn collect(body: Body, limit: usize, time: Duration) -> Result<Bytes, BodyError> {
    match tokio::time::timeout(time, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TimedOut),
    }
}

/// Time a client gets to send request line and headers; an idle connection is closed after it as well.
const HEAD_READ_LIMIT: Duration = Duration::from_secs(30);
/// Bytes of request line and headers that are read at all. API Gateway's own, smaller limit is answered properly.
const HEAD_BUFFER: usize = 64 * 1024;
/// Time requests under way get at the end.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);
/// Pause after a connection could not be accepted (too many open files), so that the loop does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// [Serves](serve) `router` in a task of its own until the stack stops.
#[must_use]
pub fn serve_until(listener: TcpListener, router: Router, mut stopped: Stopped) -> JoinHandle<()> {
    tokio::spawn(async move { serve(listener, router, stopped.wait()).await })
}

/// Serves `router` until `stop` completes, then lets the requests under way finish within a bounded time. Handlers find
/// the caller's address as [`ConnectInfo`].
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
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
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_LIMIT, connections.shutdown()).await.is_err() {
        tracing::warn!("requests under way were cut off");
    }
}

fn start(stream: TcpStream, peer: SocketAddr, router: Router, connections: &GracefulShutdown) {
    // Small answers must not wait for the acknowledgement of earlier ones; without the option they are only slower.
    stream.set_nodelay(true).ok();
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        service.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_READ_LIMIT)
        .max_buf_size(HEAD_BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
    });
}
