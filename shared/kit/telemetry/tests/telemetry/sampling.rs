//! Which traces are sampled, and their ids.

use serde_json::{Value, json};

use crate::collector::hex;
use crate::function::Function;

const TRACE: &str = "5759e988bd862e3fe1be46a994272793";
const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
const OTHER_ROOT: &str = "Root=1-5759e988-000000000000000000000001";
const PARENT: &str = "53995c3f42cd8ad8";

/// The headers of a request, Lambda's own header, the expected parent of the span, and the expected sampling decision.
/// The decision is `None` if the ratio decides.
fn table() -> Vec<(Value, Option<String>, &'static str, Option<bool>)> {
    let w3c = |flags: &str| json!({ "traceparent": format!("00-{TRACE}-{PARENT}-{flags}") });
    let xray = |rest: &str| json!({ "x-amzn-trace-id": format!("{ROOT}{rest}") });
    let lambda = |rest: &str| Some(format!("{ROOT}{rest}"));
    vec![
        (w3c("01"), None, PARENT, Some(true)),
        (w3c("00"), None, PARENT, Some(false)),
        (w3c("00"), lambda(";Parent=0000000000000001;Sampled=1"), PARENT, Some(false)),
        (xray(";Parent=53995c3f42cd8ad8;Sampled=1"), None, PARENT, Some(true)),
        (xray(";Parent=53995c3f42cd8ad8;Sampled=0"), None, PARENT, Some(false)),
        (xray(";Parent=53995c3f42cd8ad8;Sampled=?"), None, PARENT, None),
        (xray(";Parent=53995c3f42cd8ad8"), None, PARENT, None),
        (xray(";Sampled=1"), None, "", Some(true)),
        (xray(";Sampled=0"), None, "", Some(false)),
        (xray(""), None, "", None),
        // Lambda's own header: if Lambda samples, its segment is the parent. Otherwise there is no decision.
        (json!({}), lambda(";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a87bd80c:0"), PARENT, Some(true)),
        (json!({}), lambda(";Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:a87bd80c:0"), "", None),
        // API Gateway's header with only an id: Lambda's header of the same trace has more information.
        (xray(""), lambda(";Parent=53995c3f42cd8ad8;Sampled=1"), PARENT, Some(true)),
        (xray(""), lambda(";Parent=53995c3f42cd8ad8;Sampled=0"), "", None),
        // A header with more than an id, or with another id, is the caller's own.
        (xray(";Sampled=0"), lambda(";Parent=53995c3f42cd8ad8;Sampled=1"), "", Some(false)),
        (xray(""), Some(format!("{OTHER_ROOT};Parent=53995c3f42cd8ad8;Sampled=1")), "", None),
    ]
}

#[tokio::test]
async fn the_caller_decides_and_otherwise_the_ratio() {
    for ratio in ["0", "1"] {
        let (collector, mut function) = Function::with_collector(&[("OTEL_TRACES_SAMPLER_ARG", ratio)]).await;
        for (headers, lambda, parent, decided) in table() {
            let kept = decided.unwrap_or(ratio == "1");
            let before = collector.received().spans.len();
            let traceparent = function.traceparent(lambda.as_deref(), headers.clone()).await;
            function.idle().await;
            let expected = format!("00-{TRACE}-");
            assert!(traceparent.starts_with(&expected), "{headers} {lambda:?}: {traceparent}");
            assert!(
                traceparent.ends_with(if kept { "-01" } else { "-00" }),
                "{headers} {lambda:?}: {traceparent}"
            );
            let spans = collector.received().spans.split_off(before);
            assert_eq!(spans.len(), usize::from(kept), "{headers} {lambda:?}");
            assert!(spans.iter().all(|span| hex(&span.parent_span_id) == parent), "{headers} {lambda:?}");
        }
    }
}

#[tokio::test]
async fn a_new_trace_has_an_id_that_starts_with_the_time() {
    let (_collector, mut function) = Function::with_collector(&[]).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let traceparent = function.traceparent(None, json!({})).await;
        let seconds = u64::from_str_radix(&traceparent[3..11], 16).unwrap();
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
        assert!((now - 600..=now).contains(&seconds), "X-Ray refuses {traceparent}");
        assert!(seen.insert(traceparent));
    }
}

#[tokio::test]
async fn a_ratio_samples_its_fraction_of_traces() {
    let (collector, mut function) = Function::with_collector(&[("OTEL_TRACES_SAMPLER_ARG", "0.5")]).await;
    let mut kept = 0;
    for _ in 0..200 {
        kept += usize::from(function.traceparent(None, json!({})).await.ends_with("01"));
    }
    function.idle().await;
    assert_eq!(collector.received().spans.len(), kept);
    assert!((50..150).contains(&kept), "{kept} of 200");
}
