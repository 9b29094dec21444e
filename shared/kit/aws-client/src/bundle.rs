//! A file of certificates.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::ConfigError;

/// The certificates in the file `path`, which `variable` names, as PEM. Each is tried out, because the SDK's client
/// panics on one that it cannot use.
pub(crate) fn read(variable: &'static str, path: &str) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |source| ConfigError::BundleUnreadable { variable, path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    match trusted(&pem) {
        Ok(0) => Err("it holds no certificate in PEM".to_owned()),
        Ok(_) => Ok(pem),
        Err(problem) => Err(problem),
    }
    .map_err(|problem| ConfigError::BundleInvalid { variable, path: path.to_owned(), problem })
}

/// How many certificates there are, all of them usable as roots of trust.
fn trusted(pem: &[u8]) -> Result<usize, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(roots.len())
}
