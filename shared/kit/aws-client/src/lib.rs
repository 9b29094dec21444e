//! AWS clients tuned for Lambda: ring, Amazon's roots, bounded time and retries.
//!
//! [`config`] reads only the environment: no instance metadata, no credential chain, no request before the first
//! one that a handler makes. Any service's client is built from what it returns; those of one process should share
//! it, and with it the connections.

mod attempts;
mod config;
mod error;
mod http;
mod limits;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_types::SdkConfig;

pub use attempts::AttemptSpans;
pub use config::{config, config_from, variable};
pub use error::{BundleProblem, ConfigError};
pub use http::{Roots, connector};
pub use limits::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, FIRST_BACKOFF, MAX_ATTEMPTS, OPERATION_TIMEOUT};

/// A `DynamoDB` client by `config`, with [`AttemptSpans`].
#[must_use]
pub fn dynamodb(config: &SdkConfig) -> Client {
    Client::from_conf(Builder::from(config).interceptor(AttemptSpans).build())
}
