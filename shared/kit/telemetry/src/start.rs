//! Starting: the subscriber that turns events into lines and spans into OpenTelemetry's.

use std::io::{self, Write};
use std::{env, panic};

use tracing::Dispatch;
use tracing::dispatcher::{set_global_default, with_default};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use crate::export::Exporter;
use crate::{logs, settings, spans};

/// What a function's telemetry needs until its end.
#[derive(Debug)]
#[must_use = "spans leave through it: end `main` with `run`"]
pub struct Telemetry {
    pub(crate) exporter: Option<Exporter>,
}

/// Starts telemetry as the environment describes it. Metrics, tracer and service belong to `namespace`.
///
/// | variable | what it says |
/// | --- | --- |
/// | `LOG_LEVEL` | `error`, `warn`, `info` (the default), `debug` or `trace`; [`Metrics`](crate::Metrics) are logged at any |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | the collector's address; without it there are no spans |
/// | `OTEL_EXPORTER_OTLP_HEADERS` | what is sent along: `name=value,name=value`, the values percent-encoded |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | a file of roots in PEM for `https://`; without it, the system's |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT` | the most milliseconds of exporting after an answer, 1 to 5000; else 1000 |
/// | `OTEL_TRACES_SAMPLER_ARG` | the part of the traces that is kept where no caller decides, from 0 to 1; else all |
/// | `OTEL_SDK_DISABLED` | `true`: no spans |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | who we are, besides what Lambda says |
///
/// A variable that cannot be read is warned of, and there are no spans: telemetry never keeps a function from its
/// work. A panic is logged as a line, too. A second call changes nothing.
pub fn start(namespace: &'static str) -> Telemetry {
    let (telemetry, dispatch) = Telemetry::assemble(namespace, |name| env::var(name).ok(), print);
    // Fails only where a test or an earlier call has installed a subscriber, which then goes on.
    set_global_default(dispatch).ok();
    panic::set_hook(Box::new(|panic| tracing::error!(%panic, "panicked")));
    telemetry
}

impl Telemetry {
    /// Telemetry of `namespace` as `variable` describes it, with its subscriber. `write` takes each line, its end
    /// included.
    pub fn assemble(
        namespace: &'static str,
        variable: impl Fn(&str) -> Option<String>,
        write: impl Fn(&[u8]) + Send + Sync + 'static,
    ) -> (Self, Dispatch) {
        let spans = settings::spans(&variable);
        let exporter =
            spans.as_ref().ok().and_then(Option::as_ref).map(|spans| Exporter::new(namespace, spans));
        let layer = spans.as_ref().ok().and_then(Option::as_ref).zip(exporter.as_ref());
        let layer = layer.map(|(settings, exporter)| spans::layer(namespace, settings, exporter.buffer()));
        let lines = logs::layer(namespace, settings::level(&variable), write);
        let dispatch = Dispatch::new(Registry::default().with(layer).with(lines));
        if let Err(error) = spans {
            with_default(&dispatch, || {
                tracing::warn!(error = &error as &dyn std::error::Error, "there are no spans");
            });
        }
        (Self { exporter }, dispatch)
    }
}

/// Writes `line` to standard output in one piece.
fn print(line: &[u8]) {
    // Nobody is left to be told of a closed output.
    io::stdout().lock().write_all(line).ok();
}
