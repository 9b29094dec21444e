//! Log lines.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use telemetry::{Metric, Metrics, Telemetry};
use tracing::dispatcher::with_default;

use crate::collector::{Collector, hex};
use crate::function::Function;

/// The log lines of `work` with `LOG_LEVEL` set to `level`. Each line must be JSON.
pub(crate) fn lines_of(level: &str, work: impl FnOnce()) -> Vec<Value> {
    lines_with(&[("LOG_LEVEL", level)], work)
}

/// The log lines of `work` with these variables. Each line must be JSON.
pub(crate) fn lines_with(variables: &[(&str, &str)], work: impl FnOnce()) -> Vec<Value> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let written = Arc::clone(&lines);
    let write = move |line: &[u8]| {
        let json = serde_json::from_slice(line);
        written.lock().unwrap().push(json.unwrap_or_else(|_| panic!("{line:?} is not JSON")));
    };
    let variable = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let (_telemetry, dispatch) = Telemetry::assemble("example", variable, write);
    with_default(&dispatch, work);
    std::mem::take(&mut *lines.lock().unwrap())
}

#[tokio::test]
async fn a_line_has_the_event_and_the_ids_of_its_context() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    function.invoke(json!({ "spans": 4 })).await;
    let (lines, _) = function.end().await;
    let span = &collector.spans(4).await.spans[3];
    assert_eq!(lines.len(), 1, "each request must log one line: {lines:?}");
    let line = &lines[0];
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["message"], "answered");
    assert_eq!(line["trace_id"], hex(&span.trace_id));
    assert_eq!(line["span_id"], hex(&span.span_id));
    assert_eq!(line["request_id"], "request-1");
    assert_eq!(line["correlation_id"], "a conversation");
    assert_eq!(line["parts"], 4);
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(timestamp.len() == 27 && timestamp.ends_with('Z'), "{timestamp} is not RFC 3339");
}

#[test]
fn a_line_has_values_of_every_type() {
    let work = || tracing::info!(text = "a", whole = 7_u64, below = -3_i64, part = 0.5, is = true, "values");
    let lines = lines_of("info", work);
    let values = ["text", "whole", "below", "part", "is"].map(|name| lines[0][name].clone());
    assert_eq!(values, [json!("a"), json!(7), json!(-3), json!(0.5), json!(true)]);
}

#[tokio::test]
async fn the_log_level_changes_the_lines_but_neither_metrics_nor_spans() {
    let collector = Collector::start().await;
    for (level, expected) in [("error", 1), ("info", 1), ("nonsense", 1), ("debug", 3)] {
        let mut function = Function::start(&collector, &[("LOG_LEVEL", level)]).await;
        function.handle(json!({ "spans": 3 })).await;
        let (lines, _) = function.end().await;
        let own = lines.iter().filter(|line| line["target"].as_str().is_none_or(|target| target == "echo"));
        assert_eq!(own.count(), expected, "{level}: {lines:?}");
        assert!(lines.iter().any(|line| line["Questions"] == 1), "{level}");
    }
    assert_eq!(collector.received().spans.len(), 12);
}

#[tokio::test]
async fn a_panic_is_logged_and_does_not_affect_the_next_invocation() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    function.invoke(json!({ "panic": true })).await;
    function.handle(json!({})).await;
    let (lines, _) = function.end().await;
    let panic = lines.iter().find(|line| line["message"] == "panicked").unwrap();
    assert_eq!((&panic["level"], &panic["request_id"]), (&json!("ERROR"), &json!("request-1")));
    assert!(panic["panic"].as_str().unwrap().contains("the payload asked for a panic"));
    assert_eq!(lines.last().unwrap()["request_id"], "request-2");
    assert_eq!(collector.received().spans.len(), 2, "the span that the panic ended must be exported too");
}

#[test]
fn only_metrics_add_members_to_a_line() {
    let foreign = r#"{"}"admin":true"#;
    let leave = || {
        let metrics = Metrics::for_operation("echo").count(Metric::count("Echoes"), 1);
        tracing::info!(metrics = metrics.field(), "ours");
        tracing::info!(metrics = %foreign, "as text");
        tracing::info!(metrics = ?foreign, "as debug");
        tracing::info!(metrics = foreign, "as a string");
        tracing::info!(metrics = &std::io::Error::other(foreign) as &dyn std::error::Error, "as an error");
        tracing::info!(target: "a_dependency", metrics = "}{\"admin\":true", "of another target");
    };
    let lines = lines_of("info", leave);
    assert_eq!(lines.len(), 6, "{lines:?}");
    assert_eq!((&lines[0]["message"], &lines[0]["Echoes"]), (&json!("ours"), &json!(1)));
    for line in &lines[1..] {
        assert!(line["metrics"].as_str().unwrap().contains("admin") && line.get("admin").is_none(), "{line}");
    }
    let lines = lines_of("error", leave);
    assert_eq!((lines.len(), &lines[0]["message"]), (1, &json!("ours")), "{lines:?}");
}

/// The fields of a dependency may have any names and values. `lines_of` requires that each line is JSON.
#[test]
fn no_event_of_a_dependency_can_break_a_line() {
    let lines = lines_of("info", || {
        tracing::info!(target: "a_dependency", metrics = -7_i64, "an integer");
        tracing::info!(target: "a_dependency", metrics = u128::MAX, "a large integer");
        tracing::info!(target: "a_dependency", metrics = f64::NAN, "not a number");
        tracing::info!(target: "a_dependency", metrics = true, "a flag");
        tracing::info!(target: "a_dependency", metrics = &b"}{\xff"[..], "bytes");
        tracing::info!(target: "a_dependency", metrics = ?("}{", '\n', "\u{7f}"), "a tuple");
        tracing::info!(target: "a_dependency", part = 1, "a \" } , \\ name" = "}{", "a hostile name");
        tracing::warn!(target: "a\"}{", metrics = %"}{", "a hostile target");
    });
    let expected = [json!(-7), json!(u128::MAX.to_string()), json!(null), json!(true)];
    for (line, expected) in lines.iter().zip(&expected) {
        assert_eq!(&line["metrics"], expected, "{line}");
    }
    assert_eq!(lines.len(), 8, "{lines:?}");
    assert!(lines[4..6].iter().all(|line| line["metrics"].is_string()), "{lines:?}");
    assert_eq!((&lines[6]["a \" } , \\ name"], &lines[7]["target"]), (&json!("}{"), &json!("a\"}{")));
}
