//! AWS clients for Lambda: ring, Amazon's root certificates, limited time and retries.
//!
//! [`config`] only reads the environment. It uses no instance metadata and no credential chain, so no request is sent
//! before a handler's first one. The client of any service can be built from the configuration. The clients of one
//! process should share one configuration, because it also holds the connections.

mod attempts;
mod config;
mod error;
mod http;
mod limits;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_types::SdkConfig;

pub use attempts::AttemptSpans;
pub use config::{config, config_from, seconds, variable};
pub use error::{BundleProblem, ConfigError};
pub use http::{Roots, connector};
pub use limits::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, FIRST_BACKOFF, MAX_ATTEMPTS, OPERATION_TIMEOUT};

/// A `DynamoDB` client with `config` and [`AttemptSpans`].
#[must_use]
pub fn dynamodb(config: &SdkConfig) -> Client {
    Client::from_conf(Builder::from(config).interceptor(AttemptSpans).build())
}
