//! Why the receiver does not start.

/// The receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The client to the backend cannot be made.
    #[error("the client to the OTLP backend cannot be made: {0}")]
    Client(#[source] reqwest::Error),
    /// The backend's URL is of a kind that cannot be posted to.
    #[error("the OTLP backend's URL must be http:// or https:// with a host")]
    Backend,
    /// What is received would be handed on to the receiver itself.
    #[error("the OTLP backend's URL is the receiver's own address")]
    OwnAddress,
}
