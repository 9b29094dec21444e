//! Tests slow clients. The front end gives each client 30 seconds to send its request, and other clients do not wait.

use e2e::get;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::abuse::support::{connect, customer, customers_token, end_of, send, stranger};

/// How many connections are open at the same time.
const CONNECTIONS: usize = 50;

/// A connection that sends `beginning` and then nothing.
async fn stalled(beginning: &str) -> TcpStream {
    let mut stream = connect().await;
    stream.write_all(beginning.as_bytes()).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_slow_client_is_disconnected_and_delays_no_other() {
    let token = customers_token(&stranger());
    let head = "POST /commands/orders HTTP/1.1\r\nhost: x\r\n";
    let body = format!("{head}authorization: Bearer {token}\r\ncontent-length: 100\r\n\r\n{{\"items\"");
    let chunked = format!("{head}authorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{{");
    let mut open = Vec::new();
    for index in 0..CONNECTIONS {
        let beginning = ["", head, body.as_str(), chunked.as_str()][index % 4];
        open.push((beginning, stalled(beginning).await));
    }
    for _ in 0..3 {
        assert_eq!(send(&customer(&stranger()), get("/queries/orders")).await.status, 200);
    }
    let ends = open.into_iter().map(async |(beginning, stream)| (beginning, end_of(stream).await));
    for (beginning, answer) in futures::future::join_all(ends).await {
        // A client that has sent its headers gets an answer. A client that has not sent them gets none.
        let has_head = beginning.contains("\r\n\r\n");
        let is_expected = if has_head { answer.starts_with("HTTP/1.1 408 ") } else { answer.is_empty() };
        assert!(is_expected, "{beginning:?} is answered {answer:?}");
    }
}
