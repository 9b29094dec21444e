//! Why the environment is not a valid configuration.

use std::io;

use aws_smithy_http_client::HttpClientError;

/// Why the environment does not define an AWS client.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// A variable is not a whole number of seconds.
    #[error("the environment variable {0} is {1:?}, but it must be a whole number of seconds")]
    Seconds(&'static str, String),
    /// `AWS_ENDPOINT_URL` is not the address of an HTTP service.
    #[error("AWS_ENDPOINT_URL is {0:?}, but the address must start with http:// or https://")]
    Endpoint(String),
    /// A file with certificates cannot be read.
    #[error("{variable} names the file {path:?}, which cannot be read: {source}")]
    BundleUnreadable {
        /// The variable that names the file.
        variable: &'static str,
        /// The file.
        path: String,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file with certificates has no certificate or an invalid one.
    #[error("{variable} names the file {path:?}, which is not a valid bundle of certificates: {problem}")]
    BundleInvalid {
        /// The variable that names the file.
        variable: &'static str,
        /// The file.
        path: String,
        /// Why the file is invalid.
        problem: BundleProblem,
    },
    /// The root certificates cannot be used.
    #[error("the root certificates cannot be used")]
    Tls(#[from] HttpClientError),
}

/// Why a file with certificates is invalid.
#[derive(Debug, thiserror::Error)]
pub enum BundleProblem {
    /// The file has no certificate.
    #[error("the file has no certificate in PEM format")]
    Empty,
    /// The file is not valid PEM.
    #[error(transparent)]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A certificate cannot be used as a root certificate.
    #[error(transparent)]
    Certificate(#[from] rustls::Error),
}
