//! Lines of the log.

use serde_json::json;

use crate::collector::{Collector, hex};
use crate::function::Function;

#[tokio::test]
async fn a_line_says_what_happened_and_what_it_belongs_to() {
    let collector = Collector::start().await;
    let mut function = Function::start(&collector, &[]).await;
    function.invoke(json!({ "spans": 4 })).await;
    let (lines, _) = function.end().await;
    let span = &collector.spans(4).await.spans[3];
    assert_eq!(lines.len(), 1, "one line a request: {lines:?}");
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

#[tokio::test]
async fn a_level_changes_what_is_logged_but_neither_metrics_nor_spans() {
    let collector = Collector::start().await;
    for (level, expected) in [("error", 1), ("info", 1), ("nonsense", 1), ("debug", 3)] {
        let mut function = Function::start(&collector, &[("LOG_LEVEL", level)]).await;
        function.invoke(json!({ "spans": 3 })).await;
        function.idle().await;
        let (lines, _) = function.end().await;
        let own = lines.iter().filter(|line| line["target"].as_str().is_none_or(|target| target == "echo"));
        assert_eq!(own.count(), expected, "{level}: {lines:?}");
        assert!(lines.iter().any(|line| line["Commands"] == 1), "{level}");
    }
    assert_eq!(collector.received().spans.len(), 12);
}

#[tokio::test]
async fn a_panic_is_a_line_and_the_next_invocation_has_none_of_it() {
    let collector = Collector::start().await;
    let mut function = Function::start(&collector, &[]).await;
    function.invoke(json!({ "panic": true })).await;
    function.invoke(json!({})).await;
    function.idle().await;
    let (lines, _) = function.end().await;
    let panic = lines.iter().find(|line| line["message"] == "panicked").unwrap();
    assert_eq!((&panic["level"], &panic["request_id"]), (&json!("ERROR"), &json!("request-1")));
    assert!(panic["panic"].as_str().unwrap().contains("as it was asked to"));
    assert_eq!(lines.last().unwrap()["request_id"], "request-2");
    assert_eq!(collector.received().spans.len(), 2, "the span that was cut off is there, too");
}
