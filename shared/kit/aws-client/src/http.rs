//! The HTTP client: ring, roots of trust, and connections that are kept for the next request.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::{BundleProblem, ConfigError};

/// The roots that AWS endpoints' certificates lead to. The system's bundle has over a hundred more, which take
/// longer to parse than everything else a function does before its first event.
const AMAZON: &[u8] = include_bytes!("../roots.pem");

/// Whom a client trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roots<'a> {
    /// Amazon's certificates alone.
    Amazon,
    /// The certificates of the system.
    System,
    /// Those in a file, in PEM.
    Bundle {
        /// The environment variable that names it.
        variable: &'static str,
        /// The file.
        path: &'a str,
    },
    /// Nobody: enough for `http://`.
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

/// A client of the SDK's, for `https://`, and for `http://` where an endpoint says so.
pub(crate) fn client(roots: Roots<'_>) -> Result<SharedHttpClient, ConfigError> {
    Ok(Builder::new().tls_provider(ring()).tls_context(roots.context()?).build_https())
}

/// The same client for requests that no SDK makes. It has no timeouts of its own.
///
/// # Errors
/// [`ConfigError`] where a bundle cannot be used.
pub fn connector(roots: Roots<'_>) -> Result<Connector, ConfigError> {
    Ok(Connector::builder().tls_provider(ring()).tls_context(roots.context()?).build())
}

const fn ring() -> Provider {
    Provider::Rustls(CryptoMode::Ring)
}

/// The certificates in the file `path`, which `variable` names, as PEM. Each is tried out, because the SDK's client
/// panics on one that it cannot use.
fn bundle(variable: &'static str, path: &str) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |source| ConfigError::BundleUnreadable { variable, path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    match check_roots(&pem) {
        Ok(()) => Ok(pem),
        Err(problem) => Err(ConfigError::BundleInvalid { variable, path: path.to_owned(), problem }),
    }
}

/// Checks that there are certificates, all of them usable as roots of trust.
fn check_roots(pem: &[u8]) -> Result<(), BundleProblem> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err(BundleProblem::Empty) } else { Ok(()) }
}
