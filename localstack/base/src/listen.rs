//! Ports on loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Which port to listen on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Port {
    /// Any that is free.
    #[default]
    Free,
    /// This one, or any other that is free.
    Preferably(u16),
    /// This one only; 0 is any that is free.
    Exactly(u16),
}

/// A port that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("port {port} cannot be used: {source}; choose another with {option}")]
pub struct PortError {
    /// The port.
    pub port: u16,
    /// What chooses another.
    pub option: &'static str,
    /// What the system said.
    pub source: io::Error,
}

/// A listener that is bound, and not yet served.
#[derive(Debug)]
pub struct Bound {
    /// The listener.
    pub listener: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

/// Binds an HTTP API to `port`, 0 for a free one, and what stands beside it to the port after it, if that is free.
///
/// # Errors
/// [`PortError`].
pub async fn api_and_next(port: u16) -> Result<(Bound, Bound), PortError> {
    Ok((Bound::to(Port::Exactly(port), "--port").await?, Bound::to(behind(port, 1), "--port").await?))
}

/// The port at a distance behind `port`, if it is free; any for 0, which is any itself.
#[must_use]
pub fn behind(port: u16, distance: u16) -> Port {
    port.checked_add(distance).filter(|_| port > 0).map_or(Port::Free, Port::Preferably)
}

impl Bound {
    /// Binds a port; `option` is what chooses another.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn to(port: Port, option: &'static str) -> Result<Self, PortError> {
        let (number, bound) = match port {
            Port::Free => (0, bind(0).await),
            Port::Exactly(port) => (port, bind(port).await),
            Port::Preferably(port) => match bind(port).await {
                Ok(bound) => (port, Ok(bound)),
                Err(_) => (0, bind(0).await),
            },
        };
        bound.map_err(|source| PortError { port: number, option, source })
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn bind(port: u16) -> io::Result<Bound> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok(Bound { listener, address })
}
