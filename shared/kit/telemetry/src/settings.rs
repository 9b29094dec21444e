//! The settings of telemetry in the environment.

use std::str::FromStr;
use std::time::Duration;

use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use tracing::level_filters::LevelFilter;

const METRICS_NAMESPACE: &str = "METRICS_NAMESPACE";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// The variables of the additional headers. The variable of the traces comes before the general one.
const HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
/// The variables of the compression. The variable of the traces comes before the general one.
const COMPRESSION: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"];
const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const RATIO: &str = "OTEL_TRACES_SAMPLER_ARG";
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// The time limit of an invocation's export if `OTEL_EXPORTER_OTLP_TIMEOUT` is not set. The collector in the ADOT layer
/// responds only after its backend has. That takes tens of milliseconds and sometimes hundreds.
pub const DEFAULT_FLUSH: Duration = Duration::from_secs(1);

/// The maximum of `OTEL_EXPORTER_OTLP_TIMEOUT`. While a collector fails, a sandbox is busy for this long after a
/// response, once for each [pause](crate::FIRST_PAUSE).
pub const MAX_FLUSH: Duration = Duration::from_secs(5);

/// The maximum length of a namespace in bytes.
const MAX_NAMESPACE: usize = 255;

/// A variable with an invalid value. The error leaves the value out, because headers may hold secret keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not {expected}")]
pub struct SettingError {
    /// The variable.
    pub variable: &'static str,
    /// What the value must be.
    pub expected: &'static str,
}

/// Where spans are sent, and which traces are sampled.
///
/// Source: OpenTelemetry specification, "OpenTelemetry Protocol Exporter" and "General SDK Configuration".
#[derive(Debug, Clone)]
pub(crate) struct SpanSettings {
    /// The URL to which batches are posted: the endpoint with `/v1/traces`.
    pub(crate) url: Uri,
    /// Additional headers of each request, such as a key.
    pub(crate) headers: HeaderMap,
    /// Why spans are sent uncompressed although a variable asks for a compression.
    pub(crate) refused_compression: Option<SettingError>,
    /// A PEM file with certificates that are trusted instead of the system's.
    pub(crate) certificate: Option<String>,
    /// The fraction of traces to sample, from 0 to 1, if the sender of a trace has not decided.
    pub(crate) ratio: f64,
    /// The time limit of an invocation's export.
    pub(crate) timeout: Duration,
}

/// The level in `LOG_LEVEL` (`error`, `warn`, `info`, `debug` or `trace`); `info` if the variable is missing or
/// invalid.
pub(crate) fn level(variable: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let named = variable("LOG_LEVEL").and_then(|name| LevelFilter::from_str(&name).ok());
    named.unwrap_or(LevelFilter::INFO)
}

/// The namespace in `METRICS_NAMESPACE`; `None` if the variable is missing or empty.
///
/// Source: Amazon `CloudWatch` API Reference, `PutMetricData`, for the characters and the length. Names that begin with
/// `AWS/` are those of AWS's services.
pub(crate) fn metrics_namespace(
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, SettingError> {
    let Some(name) = variable(METRICS_NAMESPACE).filter(|name| !name.is_empty()) else { return Ok(None) };
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_/#:".contains(&byte);
    if name.len() > MAX_NAMESPACE || name.starts_with("AWS/") || !name.bytes().all(is_allowed) {
        let expected = "a namespace of 1 to 255 letters, digits and .-_/#: that does not begin with AWS/";
        return Err(SettingError { variable: METRICS_NAMESPACE, expected });
    }
    Ok(Some(name))
}

/// The settings of spans; `None` if there is no endpoint or `OTEL_SDK_DISABLED` is `true`.
pub(crate) fn spans(variable: impl Fn(&str) -> Option<String>) -> Result<Option<SpanSettings>, SettingError> {
    let present = |name: &str| variable(name).filter(|value| !value.is_empty());
    if present(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Ok(None);
    }
    let Some(endpoint) = present(ENDPOINT) else { return Ok(None) };
    Ok(Some(SpanSettings {
        url: url(&endpoint)?,
        headers: first(HEADERS, present).map_or_else(|| Ok(HeaderMap::new()), headers)?,
        refused_compression: first(COMPRESSION, present).and_then(refused_compression),
        certificate: present(CERTIFICATE),
        ratio: present(RATIO).map_or(Ok(1.0), |text| ratio(&text))?,
        timeout: present(TIMEOUT).map_or(Ok(DEFAULT_FLUSH), |text| timeout(&text))?,
    }))
}

fn url(endpoint: &str) -> Result<Uri, SettingError> {
    let error =
        SettingError { variable: ENDPOINT, expected: "an address that begins with http:// or https://" };
    let known = endpoint.starts_with("http://") || endpoint.starts_with("https://");
    let url = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    url.parse().ok().filter(|_| known).ok_or(error)
}

/// The first of `variables` that is present, and its value.
fn first(
    variables: [&'static str; 2],
    present: impl Fn(&str) -> Option<String>,
) -> Option<(&'static str, String)> {
    variables.into_iter().find_map(|variable| Some((variable, present(variable)?)))
}

/// Compression needs an encoder in each function, so the exporter is built without one.
fn refused_compression((variable, name): (&'static str, String)) -> Option<SettingError> {
    let refused = SettingError { variable, expected: "none, which is the only available compression" };
    (!name.eq_ignore_ascii_case("none")).then_some(refused)
}

/// Parses `key=value` pairs with commas between them. The values are percent-encoded.
fn headers((variable, list): (&'static str, String)) -> Result<HeaderMap, SettingError> {
    let pairs = list.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let headers: Option<HeaderMap> = pairs.map(header).collect();
    headers.ok_or(SettingError { variable, expected: "a list of headers like name=value,name=value" })
}

fn header(pair: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair.split_once('=')?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

fn ratio(text: &str) -> Result<f64, SettingError> {
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or(SettingError { variable: RATIO, expected: "a ratio from 0 to 1" })
}

fn timeout(text: &str) -> Result<Duration, SettingError> {
    let timeout = text.parse().ok().map(Duration::from_millis);
    let timeout = timeout.filter(|timeout| (Duration::from_millis(1)..=MAX_FLUSH).contains(timeout));
    timeout.ok_or(SettingError { variable: TIMEOUT, expected: "a number of milliseconds from 1 to 5000" })
}
