//! Tests of slow clients, and of the server's shutdown.

use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use stack_base::http::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

/// The longest wait for the server to stop accepting connections.
const SHUTDOWN: Duration = Duration::from_secs(30);

async fn listen() -> (TcpListener, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (listener, client)
}

/// The paused clock advances only when every task waits for it.
#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_finish_its_headers_is_cut_off() {
    let (listener, mut client) = listen().await;
    tokio::spawn(serve(listener, Router::new(), pending()));
    let before = tokio::time::Instant::now();
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    assert!(before.elapsed().as_secs() >= 30, "{:?}", before.elapsed());
}

#[tokio::test]
async fn a_running_request_finishes_before_the_shutdown() {
    let (listener, mut client) = listen().await;
    let address = listener.local_addr().unwrap();
    let (arrived, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (started, gate) = (Arc::clone(&arrived), Arc::clone(&proceed));
    let handler = async move || {
        started.notify_one();
        gate.notified().await;
        "done"
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let router = Router::new().route("/", get(handler));
    let server = tokio::spawn(serve(listener, router, async move { drop(stopped.await) }));
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    arrived.notified().await;
    stop.send(()).unwrap();
    let refuses = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SHUTDOWN, refuses).await.expect("the server stops accepting connections");
    proceed.notify_one();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\ndone"), "{answer}");
    server.await.unwrap();
}
