//! What callers say of themselves stays out of logs, spans and errors: a marker stands in every field that they can fill, on
//! ways that succeed and ways that fail, and is looked for in whatever the functions tell.
#![cfg(test)]

mod markers;
mod tour;

use std::collections::BTreeMap;

use e2e::Lines;
use localstack::{Stack, StackOptions};
use serde_json::json;
use stack_telemetry::otlp::Span;

use crate::markers::{CORRELATION, NAME, PRODUCT};
use crate::tour::Tour;

/// Everything that a span says.
fn text(span: &Span) -> String {
    let links: Vec<_> = span.links.iter().map(|link| &link.attributes).collect();
    json!([span.name, span.error, span.attributes, span.events, links, *span.resource]).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_marker_is_in_logs_spans_or_refusals() {
    let lines = Lines::start().expect("the first subscriber");
    let stack = Stack::start(StackOptions::default()).await.expect("a stack");
    let traces = stack.traces().clone();
    let mut tour = Tour::of(&stack);
    let answers = tour.everything(&stack).await;
    stack.shutdown().await;

    let throttled = StackOptions {
        parameters: BTreeMap::from([("PriceSource".to_owned(), "command".to_owned())]),
        chaos: "throttle=1".parse().expect("chaos"),
        ..StackOptions::default()
    };
    let stack = Stack::start(throttled).await.expect("a stack");
    let throttled_traces = stack.traces().clone();
    let refused = Tour::of(&stack).throttled().await;
    stack.shutdown().await;

    let secrets = tour.secrets();
    for line in lines.all() {
        markers::assert_absent(&secrets, "a line of log", &line);
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

    // What may be told was told, so what was not told was looked for in the right places.
    let expected = [400, 401, 403, 404, 409, 412, 413, 422, 500, 503];
    assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), expected);
    assert!(lines.all().iter().any(|line| line.contains(CORRELATION)), "no line has the conversation");
    assert!(answers.iter().any(|(_, body)| body.contains(NAME)), "no error names the field");
    assert!(spans.iter().any(|span| text(span).contains(PRODUCT)), "no span has the product's id");
}
