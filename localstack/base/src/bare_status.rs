//! Gives hyper's own refusals a body.
//!
//! hyper refuses a head that it cannot hold before a handler sees the request: 431, or 414 for the URL alone, without a
//! body and without a hook to add one. [`WithBody`] writes API Gateway's 431 in its place. A handler's 431 has a body
//! and stays as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const BARE: [&[u8]; 2] = [b"HTTP/1.1 431 ", b"HTTP/1.1 414 "];
const NO_BODY: &[u8] = b"content-length: 0\r\n";
const REFUSAL: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
content-type: application/json\r\ncontent-length: 45\r\nconnection: close\r\n\r\n\
{\"message\":\"Request Header Fields Too Large\"}";

/// A connection whose bare refusals get a body.
#[derive(Debug)]
pub(crate) struct WithBody<T> {
    connection: T,
    /// The rest of the refusal that is being written.
    refusal: Bytes,
}

impl<T> WithBody<T> {
    pub(crate) fn new(connection: T) -> Self {
        Self { connection, refusal: Bytes::new() }
    }
}

fn is_bare_refusal(response: &[u8]) -> bool {
    BARE.iter().any(|status| response.starts_with(status))
        && response.windows(NO_BODY.len()).any(|field| field == NO_BODY)
}

impl<T: AsyncRead + Unpin> AsyncRead for WithBody<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_read(context, buffer)
    }
}

/// Vectored writes are left out. hyper then joins a response's parts, and a refusal arrives in one write.
impl<T: AsyncWrite + Unpin> AsyncWrite for WithBody<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        given: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.refusal.is_empty() {
            if !is_bare_refusal(given) {
                return Pin::new(&mut this.connection).poll_write(context, given);
            }
            this.refusal = Bytes::from_static(REFUSAL);
        }
        while this.refusal.has_remaining() {
            let written = ready!(Pin::new(&mut this.connection).poll_write(context, &this.refusal))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.refusal.advance(written);
        }
        Poll::Ready(Ok(given.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::{REFUSAL, is_bare_refusal};

    #[test]
    fn only_a_refusal_without_a_body_is_replaced() {
        for bare in ["431 Request Header Fields Too Large", "414 URI Too Long"] {
            assert!(is_bare_refusal(format!("HTTP/1.1 {bare}\r\ncontent-length: 0\r\n\r\n").as_bytes()));
        }
        assert!(!is_bare_refusal(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
        assert!(!is_bare_refusal(REFUSAL));
    }

    #[test]
    fn the_length_of_the_refusal_is_right() {
        let text = std::str::from_utf8(REFUSAL).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{}", body.len());
    }
}
