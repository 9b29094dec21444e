//! An HTTPS server in front of an HTTP service, with its own certificate.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Terminates TLS on loopback and forwards the bytes to an HTTP service. Each instance has a new self-signed
/// certificate.
#[derive(Debug)]
pub struct TlsFront {
    endpoint: String,
    certificate: String,
}

impl TlsFront {
    /// Starts the server on a free port, in front of the service at `upstream` (`http://127.0.0.1:8000`). It ends with
    /// the async runtime.
    pub async fn start(upstream: &str) -> Self {
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), upstream));
        Self { endpoint, certificate: cert.pem() }
    }

    /// The address of the server.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The server's certificate in PEM, which a client must trust.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, upstream: String) {
    while let Ok((client, _)) = listener.accept().await {
        let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
        tokio::spawn(async move {
            // Either end may close the connection at any time, so an error is no failure of the test.
            pass_on(client, acceptor, &upstream).await.ok();
        });
    }
}

async fn pass_on(client: TcpStream, acceptor: TlsAcceptor, upstream: &str) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    let mut service = TcpStream::connect(upstream).await?;
    service.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut service).await?;
    Ok(())
}
