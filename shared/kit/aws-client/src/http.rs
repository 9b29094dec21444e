//! The HTTP client: ring, root certificates, and connections that are kept for the next request.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{BundleProblem, ConfigError};

/// The root certificates of AWS endpoints. The system's bundle has over a hundred more. Parsing them would take longer
/// than everything else that a function does before its first event.
const AMAZON: &[u8] = include_bytes!("../roots.pem");

/// The root certificates that a client trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots<'a> {
    /// Amazon's certificates only.
    Amazon,
    /// The certificates of the operating system.
    System,
    /// The certificates in a PEM file.
    Bundle {
        /// The environment variable that names the file.
        variable: &'static str,
        /// The file.
        path: &'a str,
    },
    /// No certificates. This is enough for `http://`.
    None,
}

impl Roots<'_> {
    fn context(self) -> Result<TlsContext, ConfigError> {
        let roots = match self {
            Self::Amazon => TrustStore::empty().with_pem_certificate(AMAZON),
            Self::System => TrustStore::default(),
            Self::Bundle { variable, path } => {
                TrustStore::empty().with_pem_certificate(bundle(variable, path)?)
            }
            Self::None => TrustStore::empty(),
        };
        Ok(TlsContext::builder().with_trust_store(roots).build()?)
    }
}

/// An SDK client for `https://`, and for `http://` if an endpoint requires that.
pub(crate) fn client(roots: Roots<'_>) -> Result<SharedHttpClient, ConfigError> {
    Ok(Builder::new().tls_provider(ring()).tls_context(roots.context()?).build_https())
}

/// The same client for requests without the SDK. It has no timeouts.
///
/// # Errors
/// [`ConfigError`] if a bundle of certificates cannot be used.
pub fn connector(roots: Roots<'_>) -> Result<Connector, ConfigError> {
    Ok(Connector::builder().tls_provider(ring()).tls_context(roots.context()?).build())
}

const fn ring() -> Provider {
    Provider::Rustls(CryptoMode::Ring)
}

/// Reads the PEM file `path`, which `variable` names. Each certificate is checked, because the SDK's client panics on
/// an invalid one.
fn bundle(variable: &'static str, path: &str) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |source| ConfigError::BundleUnreadable { variable, path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    match check_roots(&pem) {
        Ok(()) => Ok(pem),
        Err(problem) => Err(ConfigError::BundleInvalid { variable, path: path.to_owned(), problem }),
    }
}

/// Checks that `pem` has certificates and that all of them can be used as root certificates.
fn check_roots(pem: &[u8]) -> Result<(), BundleProblem> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err(BundleProblem::Empty) } else { Ok(()) }
}
