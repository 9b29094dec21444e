//! The configuration that all AWS clients of a function share.

use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_types::SdkConfig;

use crate::http::client;
use crate::{
    ATTEMPT_TIMEOUT, CONNECT_TIMEOUT, ConfigError, FIRST_BACKOFF, MAX_ATTEMPTS, OPERATION_TIMEOUT, Roots,
};

/// The configuration from the process environment; see [`config_from`].
///
/// # Errors
/// [`ConfigError`] with the name of the variable that is missing or invalid.
pub fn config() -> Result<SdkConfig, ConfigError> {
    config_from(|name| std::env::var(name).ok())
}

/// The value of the environment variable `name`, which a function requires. An empty variable counts as missing.
///
/// # Errors
/// [`ConfigError::Missing`] if the variable is missing.
pub fn variable(name: &'static str) -> Result<String, ConfigError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(ConfigError::Missing(name))
}

/// The number of seconds in the environment variable `name`, which a function requires.
///
/// # Errors
/// [`ConfigError::Missing`] if the variable is missing, and [`ConfigError::Seconds`] if its value is not a whole number.
pub fn seconds(name: &'static str) -> Result<Duration, ConfigError> {
    let value = variable(name)?;
    value.parse().map(Duration::from_secs).map_err(|_| ConfigError::Seconds(name, value))
}

/// The configuration from the variables that Lambda sets: `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`
/// and `AWS_SESSION_TOKEN`. An empty variable counts as missing.
///
/// The credentials are read once, because they are valid longer than the sandbox lives. `AWS_ENDPOINT_URL` (`http://…`
/// or `https://…`) sends the requests to all services to another address. `AWS_CA_BUNDLE` names a PEM file with
/// certificates that are trusted instead of Amazon's root certificates.
///
/// Source: AWS Lambda Developer Guide, "Defined runtime environment variables"; AWS SDKs and Tools Reference Guide,
/// "Service-specific endpoints" and "General configuration settings" (`ca_bundle`).
///
/// # Errors
/// [`ConfigError`] with the name of the variable that is missing or invalid.
pub fn config_from(variable: impl Fn(&str) -> Option<String>) -> Result<SdkConfig, ConfigError> {
    let optional = |name| variable(name).filter(|value| !value.is_empty());
    let required = |name| optional(name).ok_or(ConfigError::Missing(name));
    let bundle = optional("AWS_CA_BUNDLE");
    let roots =
        bundle.as_deref().map_or(Roots::Amazon, |path| Roots::Bundle { variable: "AWS_CA_BUNDLE", path });
    let credentials = Credentials::new(
        required("AWS_ACCESS_KEY_ID")?,
        required("AWS_SECRET_ACCESS_KEY")?,
        optional("AWS_SESSION_TOKEN"),
        None,
        "environment",
    );
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(required("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(client(roots)?)
        .timeout_config(timeouts())
        .retry_config(retries())
        // The timeout of an attempt already ends a stalled response, so stalls need no detection of their own.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(optional("AWS_ENDPOINT_URL").map(endpoint).transpose()?);
    Ok(config.build())
}

fn endpoint(url: String) -> Result<String, ConfigError> {
    let known = url.starts_with("http://") || url.starts_with("https://");
    if known { Ok(url) } else { Err(ConfigError::Endpoint(url)) }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// The SDK's standard mode: an exponential backoff with full jitter, and a retry budget that stops retries if a service
/// fails all the time.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_initial_backoff(FIRST_BACKOFF)
}
