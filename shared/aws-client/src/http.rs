//! The HTTP client: ring, Amazon's roots, and connections that are kept for the next request.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use crate::{ConfigError, bundle};

/// The roots that AWS endpoints' certificates lead to. The system's bundle has over a hundred more, which take
/// longer to parse than everything else a function does before its first event.
const ROOTS: &[u8] = include_bytes!("../roots.pem");

/// A client for `https://`, and for `http://` where an endpoint says so. It trusts the certificates in the file
/// `bundle`, and Amazon's roots where there is none.
pub(crate) fn client(bundle: Option<&str>) -> Result<SharedHttpClient, ConfigError> {
    let trusted = match bundle {
        Some(path) => bundle::read(path)?,
        None => ROOTS.into(),
    };
    let context =
        TlsContext::builder().with_trust_store(TrustStore::empty().with_pem_certificate(trusted)).build()?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(context).build_https())
}
