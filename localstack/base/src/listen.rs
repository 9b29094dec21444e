//! Ports on loopback.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};

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
    pub listener: LoopbackListener,
    /// Its IPv4 address.
    pub address: SocketAddr,
}

/// Sockets that accept connections for one server: `127.0.0.1` and, where the machine has IPv6, `[::1]` with the same
/// port. A client that resolves `localhost` may try either address first.
#[derive(Debug)]
pub struct LoopbackListener {
    v4: TcpListener,
    v6: Option<TcpListener>,
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

impl LoopbackListener {
    /// The IPv4 address.
    ///
    /// # Errors
    /// The operating system's error.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.v4.local_addr()
    }

    /// Accepts a connection on either address.
    ///
    /// # Errors
    /// The operating system's error.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, peer) = match &self.v6 {
            None => self.v4.accept().await,
            Some(v6) => tokio::select! {
                accepted = self.v4.accept() => accepted,
                accepted = v6.accept() => accepted,
            },
        }?;
        // Without this option a small response waits for the acknowledgement of the previous one. A failure to set it
        // only costs time.
        stream.set_nodelay(true).ok();
        Ok((stream, peer))
    }
}

impl From<TcpListener> for LoopbackListener {
    fn from(v4: TcpListener) -> Self {
        Self { v4, v6: None }
    }
}

/// How many free ports are tried before the bind fails. A port that is free for IPv4 is rarely taken for IPv6.
const FREE_PORT_ATTEMPTS: usize = 8;

async fn bind(port: u16) -> io::Result<BoundListener> {
    let mut attempts = if port == 0 { FREE_PORT_ATTEMPTS } else { 1 };
    loop {
        attempts -= 1;
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = v4.local_addr()?;
        match bind_v6(address.port()).await {
            Ok(v6) => return Ok(BoundListener { listener: LoopbackListener { v4, v6 }, address }),
            Err(error) if attempts == 0 => return Err(error),
            Err(_) => {}
        }
    }
}

/// Binds `[::1]`. `None` if the machine has no IPv6.
///
/// # Errors
/// The port is taken. Clients of `localhost` that try IPv6 first would reach another server.
async fn bind_v6(port: u16) -> io::Result<Option<TcpListener>> {
    match TcpListener::bind((IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await {
        Ok(listener) => Ok(Some(listener)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(error) => {
            tracing::debug!(%error, "no listener on [::1]");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use tokio::net::{TcpListener, TcpStream};

    use super::{BoundListener, Port};

    #[tokio::test]
    async fn both_loopback_addresses_reach_the_listener() {
        let bound = BoundListener::to(Port::Free, "--port").await.unwrap();
        let port = bound.address.port();
        let (_v4, _) = (
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap(),
            bound.listener.accept().await.unwrap(),
        );
        // A machine without IPv6 has no such address.
        if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok() {
            let v6 = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.unwrap();
            let (_, peer) = bound.listener.accept().await.unwrap();
            assert_eq!(peer, v6.local_addr().unwrap());
        }
    }

    #[tokio::test]
    async fn a_port_that_is_taken_on_one_address_is_refused() {
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
        let port = other.local_addr().unwrap().port();
        assert_eq!(BoundListener::to(Port::Exactly(port), "--port").await.unwrap_err().port, port);
        assert_ne!(BoundListener::to(Port::Preferably(port), "--port").await.unwrap().address.port(), port);
    }
}
