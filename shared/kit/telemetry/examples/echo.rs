//! The smallest function with telemetry. The tests run it in the same way as Lambda does.

use std::collections::HashMap;

use http::HeaderMap;
use lambda_runtime::{Error, LambdaEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use telemetry::{Metric, Metrics};
use tracing::{Span, debug_span, info_span};

const QUESTIONS: Metric = Metric::count("Questions");
const DELAY: Metric = Metric::milliseconds("Delay");

/// The payload of an event.
#[derive(Deserialize)]
#[serde(default)]
struct Question {
    headers: HashMap<String, String>,
    links: Vec<String>,
    spans: u16,
    panic: bool,
}

impl Default for Question {
    fn default() -> Self {
        Self { headers: HashMap::new(), links: Vec::new(), spans: 1, panic: false }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    telemetry::start("example").run(answer).await
}

/// Responds with the function's own `traceparent`. The invocation makes as many spans as the payload asks for,
/// including the function's own span.
async fn answer(event: LambdaEvent<Question>) -> Result<Value, Error> {
    let question = event.payload;
    let span = info_span!("echo", otel.kind = "server", faas.coldstart = telemetry::is_cold_start());
    let headers = HeaderMap::try_from(&question.headers).unwrap_or_default();
    telemetry::continue_trace(&span, &headers);
    for traceparent in &question.links {
        telemetry::link(&span, traceparent);
    }
    Ok(span.in_scope(|| echo(&question)))
}

fn echo(question: &Question) -> Value {
    telemetry::correlate("a conversation");
    telemetry::set_attribute("spans", question.spans.into());
    assert!(!question.panic, "the payload asked for a panic");
    for _ in 1..question.spans {
        let _part = info_span!("part").entered();
        debug_span!("detail").in_scope(|| tracing::debug!(id = ?Span::current().id(), "a part"));
    }
    let metrics = Metrics::for_operation("echo").outcome(QUESTIONS, "answered").samples(DELAY, &[7, 12]);
    tracing::info!(metrics = metrics.field(), parts = question.spans, "answered");
    json!({ "traceparent": telemetry::traceparent() })
}
