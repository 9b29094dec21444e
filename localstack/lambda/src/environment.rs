//! The environment variables of an instance: those that Lambda provides, and none from the developer's shell (Lambda
//! developer guide, "Using Lambda environment variables").
//!
//! `AWS_EXECUTION_ENV` is deliberately absent. Lambda does not define it for OS-only runtimes, and a Rust binary runs
//! on one of those.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use time::OffsetDateTime;
use uuid::Uuid;

use super::spec::{FunctionSpec, LambdaOptions, access_key};

/// Variable with the endpoint for a function's spans (OpenTelemetry specification, "OTLP Exporter Configuration").
const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Variable with the name of the instance's log stream.
pub(super) const LOG_STREAM_NAME: &str = "AWS_LAMBDA_LOG_STREAM_NAME";

/// All variables of an instance that reaches the Runtime API at `runtime_api` and signs with `session`.
///
/// Reserved variables override the function's own variables, because Lambda does not allow their configuration. The
/// OTLP endpoint overrides them too, because the collector of a deployed function does not exist locally.
pub(super) fn for_instance(
    function: &FunctionSpec,
    options: &LambdaOptions,
    runtime_api: SocketAddr,
    session: &str,
) -> BTreeMap<String, String> {
    let mut environment = unreserved();
    environment.extend(function.environment.clone());
    environment.remove(OTLP_ENDPOINT);
    environment.extend(reserved(function, options, runtime_api, session));
    environment
}

fn unreserved() -> BTreeMap<String, String> {
    let variables =
        [("LANG", "en_US.UTF-8"), ("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/bin"), ("TZ", ":UTC")];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn reserved(
    function: &FunctionSpec,
    options: &LambdaOptions,
    runtime_api: SocketAddr,
    session: &str,
) -> impl Iterator<Item = (String, String)> {
    let name = &function.name;
    let key = access_key(name);
    let task_root = function.binary.parent().unwrap_or(Path::new("/"));
    let handler = function.binary.file_name().unwrap_or_default();
    let variables = [
        ("_HANDLER", handler.to_string_lossy().into_owned()),
        ("AWS_ACCESS_KEY_ID", key.clone()),
        ("AWS_SECRET_ACCESS_KEY", format!("{key}-secret")),
        ("AWS_SESSION_TOKEN", session.to_owned()),
        ("AWS_REGION", options.region.clone()),
        ("AWS_DEFAULT_REGION", options.region.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.clone()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function.memory_mb.to_string()),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", function.log_group.clone()),
        (LOG_STREAM_NAME, log_stream()),
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("LAMBDA_TASK_ROOT", task_root.to_string_lossy().into_owned()),
    ];
    let aws = options.aws_endpoint.clone().map(|url| ("AWS_ENDPOINT_URL", url));
    let otlp = options.otlp_endpoint.clone().map(|url| (OTLP_ENDPOINT, url));
    variables.into_iter().chain(aws).chain(otlp).map(|(name, value)| (name.to_owned(), value))
}

/// Name of the log stream, `2026/11/22/[$LATEST]<32 hex>`. Each instance has its own stream.
fn log_stream() -> String {
    let today = OffsetDateTime::now_utc().date();
    let (year, month, day) = (today.year(), u8::from(today.month()), today.day());
    format!("{year}/{month:02}/{day:02}/[$LATEST]{}", Uuid::new_v4().simple())
}
