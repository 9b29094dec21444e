//! The header `X-Amzn-Trace-Id`.

use crate::traceparent::{headers, passed_on};

const TRACE: &str = "5759e988bd862e3fe1be46a994272793";

fn continues_trace(header: &str) -> bool {
    let outgoing = passed_on(&headers(&[("X-Amzn-Trace-Id", header)]));
    outgoing["traceparent"].to_str().unwrap().contains(TRACE)
}

#[test]
fn a_valid_header_continues_its_trace() {
    let root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    for rest in [
        "",
        ";Parent=53995c3f42cd8ad8;Sampled=1",
        "; Sampled=1",
        ";Lineage=1:a87bd80c:0",
        ";Parent=nonsense",
        ";x",
    ] {
        assert!(continues_trace(&format!("{root}{rest}")), "{rest}");
    }
    assert!(continues_trace(&format!("Self=1-67891234-12456789abcdef012345678;{root}")));
}

#[test]
fn an_invalid_header_is_ignored() {
    for header in [
        "",
        "Root",
        "Sampled=1",
        "Root=1-bogus-bad",
        "Root=2-5759e988-bd862e3fe1be46a994272793",
        "Root=1-5759e9-88bd862e3fe1be46a994272793",
        "Root=1-5759e988-bd862e3fe1be46a994272793-1",
        "Root=1-00000000-000000000000000000000000",
        "Root=5759e988bd862e3fe1be46a994272793",
    ] {
        assert!(!continues_trace(header), "{header}");
    }
}

#[test]
fn a_valid_traceparent_has_precedence() {
    let w3c = ("traceparent", "00-12345678901234567890123456789012-1234567890123456-01");
    let xray = ("x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    let outgoing = passed_on(&headers(&[xray, w3c]));
    assert!(outgoing["traceparent"].to_str().unwrap().contains("12345678901234567890123456789012"));
    let invalid = ("traceparent", "00-nonsense");
    let outgoing = passed_on(&headers(&[xray, invalid]));
    assert!(outgoing["traceparent"].to_str().unwrap().contains(TRACE));
}

#[test]
fn the_span_is_passed_on_in_both_headers() {
    let outgoing = passed_on(&headers(&[("tracestate", "foo=1")]));
    let traceparent = outgoing["traceparent"].to_str().unwrap();
    let (trace, span) = (&traceparent[3..35], &traceparent[36..52]);
    let expected = format!("Root=1-{}-{};Parent={span};Sampled=1", &trace[..8], &trace[8..]);
    assert_eq!(outgoing["x-amzn-trace-id"], expected.as_str());
}
