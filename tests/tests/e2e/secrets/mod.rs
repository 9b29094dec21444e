//! Tests that private values from callers do not appear in logs, spans and error responses. The test puts a marker into
//! every field that a caller can fill, in requests that succeed and in requests that fail, and searches the output of
//! the functions for the markers.

mod markers;
mod tour;

use std::collections::BTreeMap;

use e2e::Lines;
use localstack::{Stack, StackOptions};
use serde_json::json;
use stack_telemetry::otlp::Span;

use crate::secrets::markers::{CORRELATION, NAME, PRODUCT};
use crate::secrets::tour::Tour;

/// All texts of a span.
fn text(span: &Span) -> String {
    let links: Vec<_> = span.links.iter().map(|link| &link.attributes).collect();
    json!([span.name, span.error, span.attributes, span.events, links, *span.resource]).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_marker_is_in_logs_spans_or_refusals() {
    let stack = Stack::start(StackOptions::default()).await.expect("a stack");
    let lines = Lines::of_stack(&stack);
    let traces = stack.traces().clone();
    let mut tour = Tour::new(&stack);
    let answers = tour.run_all(&stack).await;
    stack.shutdown().await;

    let throttled = StackOptions {
        parameters: BTreeMap::from([("PriceSource".to_owned(), "command".to_owned())]),
        chaos: "throttle=1".parse().expect("chaos"),
        ..StackOptions::default()
    };
    let stack = Stack::start(throttled).await.expect("a stack");
    let throttled_lines = Lines::of_stack(&stack);
    let throttled_traces = stack.traces().clone();
    let refused = Tour::new(&stack).throttled().await;
    stack.shutdown().await;

    let secrets = tour.secrets();
    let lines = [lines, throttled_lines].map(|lines| lines.all()).concat();
    for line in &lines {
        markers::assert_absent(&secrets, "a log line", line);
    }
    let spans = [traces, throttled_traces].map(|traces| traces.spans(|_| true)).concat();
    for span in &spans {
        markers::assert_absent(&secrets, "a span", &text(span));
    }
    let mut statuses = BTreeMap::new();
    for (status, body) in answers.iter().chain(&refused).filter(|(status, _)| *status >= 400) {
        markers::assert_absent(&secrets, "an error", body);
        *statuses.entry(*status).or_insert(0) += 1;
    }

    // These checks show that the test searches the right places: values that may appear do appear in them.
    let expected = [400, 401, 403, 404, 409, 412, 413, 422, 500, 503];
    assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), expected);
    assert!(lines.iter().any(|line| line.contains(CORRELATION)), "no log line has the correlation id");
    assert!(answers.iter().any(|(_, body)| body.contains(NAME)), "no error names the field");
    assert!(spans.iter().any(|span| text(span).contains(PRODUCT)), "no span has the product's id");
}
