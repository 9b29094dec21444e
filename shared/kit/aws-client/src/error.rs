//! Why there is no configuration.

use std::io;

use aws_smithy_http_client::HttpClientError;

/// An environment that describes no AWS client.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A variable is missing or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// `AWS_ENDPOINT_URL` is no address of an HTTP service.
    #[error("AWS_ENDPOINT_URL is {0:?}, not an address that begins with http:// or https://")]
    Endpoint(String),
    /// A file of certificates cannot be read.
    #[error("{variable} is {path:?}, a file that cannot be read: {source}")]
    BundleUnreadable {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A file of certificates holds none, or one that cannot be used.
    #[error("{variable} is {path:?}, which is no bundle of certificates: {problem}")]
    BundleInvalid {
        /// The variable that names it.
        variable: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: BundleProblem,
    },
    /// The roots of trust cannot be used.
    #[error("the roots of trust cannot be used")]
    Tls(#[from] HttpClientError),
}

/// What is wrong with a file of certificates.
#[derive(Debug, thiserror::Error)]
pub enum BundleProblem {
    /// The file holds none.
    #[error("it holds no certificate in PEM")]
    Empty,
    /// The file is no PEM.
    #[error(transparent)]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A certificate cannot be a root of trust.
    #[error(transparent)]
    Certificate(#[from] rustls::Error),
}
