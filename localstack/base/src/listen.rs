//! Ports on loopback.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// The port to listen on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Port {
    /// Any free port.
    #[default]
    Free,
    /// This port, or any free port if this one is taken.
    Preferably(u16),
    /// This port only; 0 means any free port.
    Exactly(u16),
}

/// A port that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("port {port} cannot be used: {source}; choose another with {option}")]
pub struct PortError {
    /// The port number.
    pub port: u16,
    /// The command-line option that chooses another port.
    pub option: &'static str,
    /// The operating system's error.
    pub source: io::Error,
}

/// A listener that is bound but not served yet.
#[derive(Debug)]
pub struct BoundListener {
    /// The listener.
    pub listener: TcpListener,
    /// Its address.
    pub address: SocketAddr,
}

/// Binds an HTTP API to `port` (0 for a free port), and a second listener to the next port if that is free.
///
/// # Errors
/// [`PortError`] when the API's port cannot be bound.
pub async fn bind_api_and_next(port: u16) -> Result<(BoundListener, BoundListener), PortError> {
    Ok((
        BoundListener::to(Port::Exactly(port), "--port").await?,
        BoundListener::to(port_above(port, 1), "--port").await?,
    ))
}

/// The port `distance` above `port`, or any free port if that one is taken. A `port` of 0 also means any free port.
#[must_use]
pub fn port_above(port: u16, distance: u16) -> Port {
    port.checked_add(distance).filter(|_| port > 0).map_or(Port::Free, Port::Preferably)
}

impl BoundListener {
    /// Binds a port. `option` is the command-line option that the error message suggests.
    ///
    /// # Errors
    /// [`PortError`] when the port cannot be bound.
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

    /// URL of the address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn bind(port: u16) -> io::Result<BoundListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok(BoundListener { listener, address })
}
