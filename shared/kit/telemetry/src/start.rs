//! Installs the subscriber that converts events to log lines and spans to OpenTelemetry spans.

use std::io::{self, Write};
use std::{env, panic};

use opentelemetry_otlp::ExporterBuildError;
use tracing::Dispatch;
use tracing::dispatcher::{set_global_default, with_default};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::export::Exporter;
use crate::settings::{SettingError, SpanSettings};
use crate::{logs, settings, spans};

/// A function's telemetry, which exports spans until the function ends.
#[derive(Debug)]
#[must_use = "spans are only exported if `main` ends with `run`"]
pub struct Telemetry {
    pub(crate) exporter: Option<Exporter>,
}

/// Starts telemetry with the settings in the environment. `namespace` is the namespace of the service, the name of the
/// tracer, and the namespace of metrics unless `METRICS_NAMESPACE` sets another one.
///
/// | variable | meaning |
/// | --- | --- |
/// | `LOG_LEVEL` | `error`, `warn`, `info` (the default), `debug` or `trace`; [`Metrics`](crate::Metrics) are logged at any |
/// | `METRICS_NAMESPACE` | the namespace of the metrics: 1 to 255 letters, digits and `.-_/#:`, not beginning with `AWS/` |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; without it there are no spans |
/// | `OTEL_EXPORTER_OTLP_HEADERS` | additional headers: `name=value,name=value`, the values percent-encoded |
/// | `OTEL_EXPORTER_OTLP_TRACES_HEADERS` | replaces `OTEL_EXPORTER_OTLP_HEADERS` |
/// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `none`; another value is logged as a warning, and spans are sent uncompressed |
/// | `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION` | replaces `OTEL_EXPORTER_OTLP_COMPRESSION` |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a PEM file of root certificates for `https://`; the default is the system's |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT` | the time limit of an export in milliseconds, 1 to 5000; the default is 1000 |
/// | `OTEL_TRACES_SAMPLER_ARG` | the fraction of traces to sample if no caller decides, 0 to 1; the default is 1 |
/// | `OTEL_SDK_DISABLED` | `true`: no spans |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | attributes of the service that override Lambda's |
///
/// An invalid `METRICS_NAMESPACE` is logged as a warning, and metrics are written to `namespace`. Every other invalid
/// variable is logged as a warning and disables spans, because telemetry must never stop a function.
/// A panic is also logged as a line. A second call changes nothing.
pub fn start(namespace: &'static str) -> Telemetry {
    let (telemetry, dispatch) = Telemetry::assemble(namespace, |name| env::var(name).ok(), print);
    // This only fails if a test or an earlier call has already installed a subscriber, which then stays.
    set_global_default(dispatch).ok();
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    telemetry
}

impl Telemetry {
    /// Builds the telemetry of the service in `namespace` and its subscriber. `variable` returns the settings. `write` receives each
    /// log line, including its line break.
    pub fn assemble(
        namespace: &'static str,
        variable: impl Fn(&str) -> Option<String>,
        write: impl Fn(&[u8]) + Send + Sync + 'static,
    ) -> (Self, Dispatch) {
        let (spans, error) = match spans(namespace, &variable) {
            Ok(spans) => (spans, None),
            Err(error) => (None, Some(error)),
        };
        let (settings, exporter) = spans.unzip();
        let uncompressed = settings.as_ref().and_then(|settings| settings.refused_compression.clone());
        let layer = settings.zip(exporter.as_ref());
        let layer = layer.map(|(settings, exporter)| spans::layer(namespace, &settings, exporter.buffer()));
        let (metrics_namespace, refused_namespace) = match settings::metrics_namespace(&variable) {
            Ok(given) => (given.unwrap_or_else(|| namespace.to_owned()), None),
            Err(error) => (namespace.to_owned(), Some(error)),
        };
        let lines = logs::layer(metrics_namespace, settings::level(&variable), write);
        let dispatch = Dispatch::new(Registry::default().with(layer).with(lines));
        with_default(&dispatch, || {
            if let Some(error) = refused_namespace {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "metrics are written to the namespace {namespace}");
            }
            if let Some(error) = error {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "spans are disabled: a setting is invalid");
            }
            if let Some(error) = uncompressed {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "spans are sent uncompressed");
            }
        });
        (Self { exporter }, dispatch)
    }
}

/// Why spans are disabled although an endpoint is configured.
#[derive(Debug, thiserror::Error)]
enum SpansError {
    /// A variable is invalid.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// `opentelemetry-otlp` does not accept a setting.
    #[error(transparent)]
    Exporter(#[from] ExporterBuildError),
}

/// The settings of spans and their exporter; `None` if the settings disable spans.
fn spans(
    namespace: &'static str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<(SpanSettings, Exporter)>, SpansError> {
    let Some(settings) = settings::spans(variable)? else { return Ok(None) };
    let exporter = Exporter::new(namespace, &settings)?;
    Ok(Some((settings, exporter)))
}

/// Writes `line` to standard output with one write.
fn print(line: &[u8]) {
    // If standard output is closed, the error cannot be reported anywhere.
    io::stdout().lock().write_all(line).ok();
}
