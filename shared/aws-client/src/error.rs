//! Why there is no configuration.

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
    /// The roots of trust cannot be used.
    #[error("the roots of trust cannot be used")]
    Tls(#[from] HttpClientError),
}
