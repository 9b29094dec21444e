//! What code can ask about the invocation, and what it tells the current span.

use lambda_runtime::Context;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::json;

use crate::collector::hex;
use crate::function::Function;

/// The attribute `name` of `span`, in the notation of `Debug`.
fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|pair| pair.key == name).unwrap();
    format!("{:?}", found.value.as_ref().unwrap().value.as_ref().unwrap())
}

#[tokio::test]
async fn an_invocation_knows_its_request() {
    let mut context = Context::default();
    context.request_id = "request-1".to_owned();
    let inside = telemetry::invocation(&context, async { telemetry::request_id() }).await;
    assert_eq!((inside.as_deref(), telemetry::request_id()), (Some("request-1"), None));
}

#[tokio::test]
async fn only_the_first_invocation_of_a_sandbox_is_a_cold_start() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    for expected in [true, false, false] {
        let before = collector.received().spans.len();
        function.handle(json!({})).await;
        let span = &collector.spans(before + 1).await.spans[before];
        assert_eq!(attribute(span, "faas.coldstart"), format!("BoolValue({expected})"));
    }
}

#[tokio::test]
async fn a_span_has_the_links_and_the_attributes_of_its_use_case() {
    let (collector, mut function) = Function::with_collector(&[]).await;
    let (trace, linked) = ("5759e988bd862e3fe1be46a994272793", "53995c3f42cd8ad8");
    let links = [format!("00-{trace}-{linked}-01"), "not a traceparent".to_owned()];
    function.handle(json!({ "spans": 2, "links": links })).await;
    let received = collector.spans(2).await;
    let span = received.spans.iter().find(|span| span.name == "echo").unwrap();
    assert_eq!(attribute(span, "spans"), "IntValue(2)");
    let [link] = span.links.as_slice() else { panic!("{:?}", span.links) };
    assert_eq!((hex(&link.trace_id), hex(&link.span_id)), (trace.to_owned(), linked.to_owned()));
}
