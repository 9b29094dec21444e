//! Clients that take their time. The front gives each of them 30 seconds for what it sends, and nobody waits for them.

use e2e::get;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{connect, customer, customers_token, end_of, send, stranger};

/// How many connections are open open at a time.
const CONNECTIONS: usize = 50;

/// A connection over which `beginning` has come and nothing else will.
async fn stalled(beginning: &str) -> TcpStream {
    let mut stream = connect().await;
    stream.write_all(beginning.as_bytes()).await.expect("sent");
    stream
}

#[tokio::test]
async fn a_slow_client_is_cut_off_and_holds_nobody_up() {
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
        // Whoever has sent its headers is told; to a client that has not, there is nothing to answer.
        let has_head = beginning.contains("\r\n\r\n");
        let expected = if has_head { "HTTP/1.1 408 " } else { "" };
        assert!(answer.starts_with(expected), "{beginning:?} is answered {answer:?}");
        assert!(!answer.contains("HTTP/1.1 2"), "{beginning:?} is answered {answer:?}");
    }
}
