//! `traceparent`: the cases of the W3C's own tests of Trace Context, and the headers that are sent.

use http::{HeaderMap, HeaderName, HeaderValue};
use telemetry::{Telemetry, caller_traceparent, continue_trace, inject};
use tracing::dispatcher::with_default;
use tracing::info_span;

const TRACE: &str = "12345678901234567890123456789012";
const VALID: &str = "00-12345678901234567890123456789012-1234567890123456-01";

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// The headers that a span sends, if the span was made for a request with the headers `incoming`.
pub(crate) fn passed_on(incoming: &HeaderMap) -> HeaderMap {
    let endpoint =
        |name: &str| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| "http://127.0.0.1:1".to_owned());
    let (_telemetry, dispatch) = Telemetry::assemble("example", endpoint, |_| ());
    with_default(&dispatch, || {
        let span = info_span!("request");
        continue_trace(&span, incoming);
        let mut outgoing = HeaderMap::new();
        span.in_scope(|| inject(&mut outgoing));
        outgoing
    })
}

/// Whether a request with this `traceparent` continues its trace. Otherwise a new trace starts.
fn continues_trace(traceparent: &str) -> bool {
    let incoming = headers(&[("traceparent", traceparent)]);
    let outgoing = passed_on(&incoming);
    let header = outgoing["traceparent"].to_str().unwrap();
    assert!(header.len() == 55 && header.starts_with("00-"), "{header}");
    assert!(
        !header.contains("1234567890123456-0"),
        "the header must name the new span as the parent: {header}"
    );
    let continues_trace = header.contains(TRACE);
    assert_eq!(caller_traceparent(&incoming).is_some(), continues_trace, "{traceparent:?}");
    continues_trace
}

#[test]
fn a_span_inside_another_one_stays_in_its_trace() {
    let endpoint =
        |name: &str| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| "http://127.0.0.1:1".to_owned());
    let (_telemetry, dispatch) = Telemetry::assemble("example", endpoint, |_| ());
    let mut outgoing = HeaderMap::new();
    with_default(&dispatch, || {
        let _outer = info_span!("outer").entered();
        let inner = info_span!("inner");
        continue_trace(&inner, &headers(&[("traceparent", VALID)]));
        inner.in_scope(|| inject(&mut outgoing));
    });
    assert!(!outgoing["traceparent"].to_str().unwrap().contains(TRACE), "{outgoing:?}");
}

#[test]
fn a_valid_traceparent_is_continued() {
    let id = "12345678901234567890123456789012-1234567890123456";
    let valid = [
        VALID.to_owned(),
        format!("00-{id}-00"),
        format!("00-{id}-ff"),
        format!("cc-{id}-01"),
        format!("cc-{id}-01-what-the-future-will-be-like"),
        format!("cc-{id}-01-"),
        format!("fe-{id}-01"),
        format!(" {VALID}"),
        format!("\t{VALID}"),
        format!("{VALID} "),
        format!("{VALID}\t"),
        format!("\t {VALID} \t"),
    ];
    for traceparent in valid {
        assert!(continues_trace(&traceparent), "{traceparent:?}");
    }
}

#[test]
fn an_invalid_traceparent_is_ignored() {
    let (trace, span) = (TRACE, "1234567890123456");
    let invalid = [
        String::new(),
        format!("00-{trace}-{span}-01."),
        format!("00-{trace}-{span}-01-what-the-future-will-be-like"),
        format!("cc-{trace}-{span}-01.what-the-future-will-be-like"),
        format!("ff-{trace}-{span}-01"),
        format!("FE-{trace}-{span}-01"),
        format!(".0-{trace}-{span}-01"),
        format!("0.-{trace}-{span}-01"),
        format!("+0-{trace}-{span}-01"),
        format!("000-{trace}-{span}-01"),
        format!("0000-{trace}-{span}-01"),
        format!("0-{trace}-{span}-01"),
        format!("00-00000000000000000000000000000000-{span}-01"),
        format!("00-.2345678901234567890123456789012-{span}-01"),
        format!("00-1234567890123456789012345678901.-{span}-01"),
        format!("00-{trace}3-{span}-01"),
        format!("00-1234567890123456789012345678901-{span}-01"),
        format!("00-A234567890123456789012345678901B-{span}-01"),
        format!("00-{trace}-0000000000000000-01"),
        format!("00-{trace}-.234567890123456-01"),
        format!("00-{trace}-123456789012345.-01"),
        format!("00-{trace}-12345678901234567-01"),
        format!("00-{trace}-123456789012345-01"),
        format!("00-{trace}-{span}-.0"),
        format!("00-{trace}-{span}-0."),
        format!("00-{trace}-{span}-001"),
        format!("00-{trace}-{span}-1"),
        format!("00-{trace}-{span}-+1"),
        format!("00-{trace}-{span}-"),
        format!("00-{trace}-{span}"),
        format!("00-{trace}{span}-01------------------"),
        "é".repeat(28),
    ];
    for traceparent in invalid {
        assert!(!continues_trace(&traceparent), "{traceparent:?}");
    }
}

#[test]
fn two_traceparents_are_ignored() {
    let other = VALID.replace("012-", "011-");
    for second in [VALID, other.as_str()] {
        let outgoing = passed_on(&headers(&[("traceparent", VALID), ("traceparent", second)]));
        assert!(!outgoing["traceparent"].to_str().unwrap().contains("1234567890123456789012345678901"));
        // API Gateway joins two headers with a comma.
        assert!(!continues_trace(&format!("{VALID},{second}")));
    }
}

#[test]
fn the_header_name_is_case_insensitive_and_must_be_exact() {
    for (name, known) in
        [("TraceParent", true), ("TRACEPARENT", true), ("trace-parent", false), ("trace.parent", false)]
    {
        let outgoing = passed_on(&headers(&[(name, VALID)]));
        assert_eq!(outgoing["traceparent"].to_str().unwrap().contains(TRACE), known, "{name}");
    }
}

#[test]
fn only_the_sampled_flag_is_passed_on() {
    for (incoming, outgoing) in [("00", "00"), ("01", "01"), ("02", "00"), ("ff", "01")] {
        let incoming = headers(&[("traceparent", &VALID.replace("-01", &format!("-{incoming}")))]);
        assert!(passed_on(&incoming)["traceparent"].to_str().unwrap().ends_with(outgoing));
        assert!(caller_traceparent(&incoming).unwrap().ends_with(outgoing));
    }
}

#[test]
fn without_spans_no_headers_are_sent() {
    let (_telemetry, dispatch) = Telemetry::assemble("example", |_| None, |_| ());
    with_default(&dispatch, || {
        let span = info_span!("request");
        continue_trace(&span, &headers(&[("traceparent", VALID)]));
        let mut outgoing = HeaderMap::new();
        span.in_scope(|| inject(&mut outgoing));
        assert!(outgoing.is_empty());
        assert_eq!(span.in_scope(telemetry::traceparent), None);
    });
}
