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
    /// The file that `AWS_CA_BUNDLE` names cannot be read.
    #[error("AWS_CA_BUNDLE is {path:?}, a file that cannot be read: {source}")]
    BundleUnreadable {
        /// The file.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// The file that `AWS_CA_BUNDLE` names holds no certificate, or one that cannot be used.
    #[error("AWS_CA_BUNDLE is {path:?}, which is no bundle of certificates: {problem}")]
    BundleInvalid {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The roots of trust cannot be used.
    #[error("the roots of trust cannot be used")]
    Tls(#[from] HttpClientError),
}
