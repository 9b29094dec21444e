//! The stack's two addresses: the HTTP API and the AWS endpoint, both on loopback only.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use super::error::StackError;

/// Bound, and not yet served.
pub(super) struct Listeners {
    /// The HTTP API.
    pub(super) api: TcpListener,
    /// The AWS endpoint.
    pub(super) aws: TcpListener,
    api_address: SocketAddr,
    aws_address: SocketAddr,
}

impl Listeners {
    /// Binds the HTTP API to `port` (0 for a free one), and the AWS endpoint to the port after it if that is free.
    ///
    /// # Errors
    /// [`StackError::Port`].
    pub(super) async fn bind(port: u16) -> Result<Self, StackError> {
        let api = bind(port).await?;
        let next = port.checked_add(1).filter(|_| port > 0);
        let aws = match next {
            Some(next) => match bind(next).await {
                Ok(listener) => listener,
                Err(_) => bind(0).await?,
            },
            None => bind(0).await?,
        };
        let address = |listener: &TcpListener| {
            listener.local_addr().map_err(|source| StackError::Port { port, source })
        };
        let (api_address, aws_address) = (address(&api)?, address(&aws)?);
        Ok(Self { api, aws, api_address, aws_address })
    }

    /// Base URL of the HTTP API.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}", self.api_address)
    }

    /// URL of the AWS endpoint.
    pub(super) fn aws_endpoint(&self) -> String {
        format!("http://{}", self.aws_address)
    }
}

async fn bind(port: u16) -> Result<TcpListener, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|source| StackError::Port { port, source })
}

#[cfg(test)]
mod tests {
    use super::Listeners;

    #[tokio::test]
    async fn a_taken_port_is_one_line_with_its_number() {
        let taken = Listeners::bind(0).await.unwrap();
        let port = taken.api_address.port();
        let line = Listeners::bind(port).await.err().unwrap().to_string();
        assert!(line.starts_with(&format!("port {port} cannot be used: ")), "{line}");
        assert!(!line.contains('\n'));
    }
}
