//! The log in the terminal. `--logs` chooses whether a function's line is shown in a readable form or unchanged.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use clap::ValueEnum;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Full, Writer};
use tracing_subscriber::fmt::{FmtContext, time::SystemTime};
use tracing_subscriber::registry::LookupSpan;

/// The target of the lines that functions write.
const FUNCTION: &str = "function";
/// The target of messages about the build.
pub(super) const BUILD: &str = "build";
/// The separator between a function's name and its line.
const SEPARATOR: &str = " | ";
/// Members that are not listed as `name=value`. The readable line shows some of them at its beginning or its end. It
/// omits most ids; search for an id in the JSON format.
const NOT_LISTED: &[&str] = &[
    "timestamp",
    "level",
    "message",
    "operation",
    "outcome",
    "problem",
    "status",
    "duration_us",
    "error",
    "target",
    "trace_id",
    "span_id",
    "request_id",
    "correlation_id",
    "_aws",
];

/// The format of the functions' log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogsArgument {
    /// Readable lines with level, operation, outcome and error
    #[default]
    Text,
    /// The lines as the function wrote them
    Json,
}

/// Formats the lines of functions as `--logs` says, and all other lines like `tracing`.
pub(super) struct Lines {
    logs: LogsArgument,
    others: Format<Full, SystemTime>,
}

impl Lines {
    /// A format that shows the lines of functions as `logs` says.
    pub(super) fn new(logs: LogsArgument) -> Self {
        Self { logs, others: Format::default() }
    }
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let target = event.metadata().target();
        if target != FUNCTION && target != BUILD {
            return self.others.format_event(context, writer, event);
        }
        let mut message = Message(String::new());
        event.record(&mut message);
        let line = match message.0.split_once(SEPARATOR) {
            Some((_, line)) if target == FUNCTION && self.logs == LogsArgument::Json => Cow::Borrowed(line),
            Some((function, line)) if target == FUNCTION => Cow::Owned(readable(function, line)),
            _ => Cow::Borrowed(message.0.as_str()),
        };
        writeln!(writer, "{line}")
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

/// Converts the `line` that `function` wrote into a readable line. A line that is not a JSON object stays unchanged
/// after the function's name.
fn readable(function: &str, line: &str) -> String {
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(members) => described(function, &members),
        Err(_) => plain(&format!("{function}{SEPARATOR}{line}")),
    }
}

fn described(function: &str, members: &Map<String, Value>) -> String {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    // Time of day to the millisecond: 2026-01-31T12:00:00.123456Z.
    let time = text("timestamp").and_then(|time| time.get(11..23)).unwrap_or("-");
    let level = text("level").unwrap_or("-");
    let operation = text("operation").unwrap_or(function);
    let mut line = format!("{time:<12} {level:<5} {operation:<20} {}", text("message").unwrap_or("-"));
    if let Some(outcome) = text("outcome").or_else(|| text("problem")) {
        write!(line, ": {outcome}").ok();
    }
    if let Some(status) = members.get("status") {
        write!(line, " {}", shown(status)).ok();
    }
    if let Some(taken) = members.get("duration_us").and_then(Value::as_f64) {
        write!(line, " in {:.1} ms", taken / 1000.0).ok();
    }
    let omitted = omitted_metrics(members);
    for (name, value) in members {
        let is_listed = !NOT_LISTED.contains(&name.as_str()) && !omitted.contains(name.as_str());
        if is_listed && !value.is_array() && !value.is_object() {
            write!(line, " {name}={}", shown(value)).ok();
        }
    }
    // With the request's id, a developer finds all lines of a failed request in the JSON format.
    if let Some(id) = text("request_id").filter(|_| level != "INFO") {
        write!(line, " request_id={id}").ok();
    }
    if let Some(error) = text("error") {
        write!(line, " error: {error}").ok();
    }
    plain(&line)
}

/// The names of the metrics that the readable line omits: zeros, and durations. `duration_us` has the same value as a
/// request's duration, and a batch has a list of values.
fn omitted_metrics(members: &Map<String, Value>) -> BTreeSet<&str> {
    let directives = members.get("_aws").and_then(|aws| aws["CloudWatchMetrics"].as_array());
    let metrics = directives.into_iter().flatten().filter_map(|directive| directive["Metrics"].as_array());
    let omitted = metrics.flatten().filter_map(|metric| {
        let name = metric["Name"].as_str()?;
        let is_zero = members.get(name).and_then(Value::as_u64) == Some(0);
        (is_zero || metric["Unit"] == "Milliseconds").then_some(name)
    });
    omitted.collect()
}

fn shown(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed)
}

/// Escapes control characters in `text`, because a log line must not control the terminal.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\t' {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::{Lines, LogsArgument, readable};

    const ANSWERED: &str = r#"{"timestamp":"2026-11-27T07:13:52.123456Z","level":"INFO","trace_id":"4bf9","span_id":"00f0","request_id":"r1","correlation_id":"c1","operation":"create-order","outcome":"accepted","CommandTime":8,"Commands":1,"EventsAppended":1,"FailedRequests":0,"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["operation"],[]],"Metrics":[{"Name":"CommandTime","Unit":"Milliseconds"},{"Name":"EventsAppended","Unit":"Count"},{"Name":"FailedRequests","Unit":"Count"}]}]},"status":201,"duration_us":8123,"message":"answered"}"#;

    #[test]
    fn a_line_shows_time_level_operation_outcome_and_duration() {
        assert_eq!(
            readable("create-order", ANSWERED),
            "07:13:52.123 INFO  create-order         answered: accepted 201 in 8.1 ms Commands=1 EventsAppended=1"
        );
    }

    #[test]
    fn a_failure_shows_its_error_and_its_request_id() {
        let line = r#"{"timestamp":"2026-11-27T07:13:52.123456Z","level":"ERROR","target":"http_api::respond","request_id":"r1","operation":"get-order","status":500,"duration_us":91,"problem":"internal","error":"no answer: the wire is cut","message":"failed"}"#;
        assert_eq!(
            readable("get-order", line),
            "07:13:52.123 ERROR get-order            failed: internal 500 in 0.1 ms request_id=r1 error: no answer: the wire is cut"
        );
    }

    #[test]
    fn a_batch_shows_its_counts() {
        let line = r#"{"timestamp":"2026-11-27T07:13:52.123456Z","level":"INFO","operation":"order-projection","ViewLag":[7,12],"GapsHealed":1,"records":2,"streams":1,"failed":0,"message":"batch projected"}"#;
        assert_eq!(
            readable("order-projection", line),
            "07:13:52.123 INFO  order-projection     batch projected GapsHealed=1 failed=0 records=2 streams=1"
        );
    }

    #[test]
    fn a_line_without_a_json_object_follows_the_functions_name_unchanged() {
        assert_eq!(readable("rebuild", "thread 'main' panicked"), "rebuild | thread 'main' panicked");
        assert_eq!(readable("rebuild", "[1]"), "rebuild | [1]");
        assert_eq!(readable("rebuild", "{}"), "-            -     rebuild              -");
    }

    #[test]
    fn control_characters_are_escaped() {
        let line = r#"{"level":"WARN","message":"name \u001b[2J\nERROR"}"#;
        for shown in [readable("f", line), readable("f", "\u{1b}[2J")] {
            assert!(!shown.contains(['\u{1b}', '\n']) && shown.contains("\\u{1b}[2J"), "{shown}");
        }
    }

    /// The output for three messages: a line of a function, a message about the build, and a message of the stack.
    fn log(logs: LogsArgument) -> String {
        #[derive(Clone, Default)]
        struct Shown(Arc<Mutex<Vec<u8>>>);
        impl io::Write for Shown {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let shown = Shown::default();
        let writer = shown.clone();
        let subscriber = tracing_subscriber::fmt()
            .event_format(Lines::new(logs))
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(target: "function", "create-order | {ANSWERED}");
            tracing::info!(target: "build", "building");
            tracing::warn!(target: "stack", code = 7, "late");
        });
        String::from_utf8(shown.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn text_is_readable_and_json_is_unchanged() {
        let (text, json) = (log(LogsArgument::Text), log(LogsArgument::Json));
        assert!(text.starts_with("07:13:52.123 INFO  create-order "), "{text}");
        assert!(json.starts_with(&format!("{ANSWERED}\nbuilding\n")), "{json}");
        for shown in [text, json] {
            let lines: Vec<&str> = shown.lines().collect();
            assert_eq!((lines.len(), lines[1]), (3, "building"), "{shown}");
            assert!(lines[2].contains("WARN stack: late code=7"), "{shown}");
        }
    }
}
