//! Telemetry of a function: one JSON line a log entry, on standard output, where Lambda picks it up.

use std::env;
use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

/// Starts logging at the level that `LOG_LEVEL` names (`error`, `warn`, `info`, `debug` or `trace`), at `info` where
/// it names none. A second call changes nothing.
pub fn init() {
    let level = env::var("LOG_LEVEL").ok().and_then(|name| LevelFilter::from_str(&name).ok());
    let logs =
        tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_span_list(false);
    let logs = logs.fmt_fields(Unprinted);
    // Fails only where a test or an earlier call has installed a subscriber, which then goes on.
    logs.with_max_level(level.unwrap_or(LevelFilter::INFO)).try_init().ok();
}

/// Leaves the fields of spans unformatted: no line shows them, and formatting them would add a twentieth to the
/// instructions of a warm command.
struct Unprinted;

impl<'writer> FormatFields<'writer> for Unprinted {
    fn format_fields<R: RecordFields>(&self, _: Writer<'writer>, _: R) -> fmt::Result {
        Ok(())
    }
}
