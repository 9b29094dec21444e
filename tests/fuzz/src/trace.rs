//! Checks the trace headers `traceparent`, `tracestate` and `X-Amzn-Trace-Id`.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use telemetry::{caller_traceparent, continue_trace, inject};
use tracing::{info_span, subscriber};
use tracing_subscriber::layer::SubscriberExt as _;

/// The length of a `traceparent` of version 00 (Trace Context, level 1, section 3.2.2).
const LENGTH: usize = 55;
/// The most members of a `tracestate` (Trace Context, level 1, section 3.3.1).
const MAX_MEMBERS: usize = 32;

/// Uses `data` as lines of headers and continues the caller's trace.
///
/// - A `traceparent` that was read has version 00, can be read again, and has the ids of the header.
/// - The continued trace is the caller's trace with a new span. An unreadable header is ignored.
/// - Every member of an outgoing `tracestate` comes from the caller. A `tracestate` is passed on only with the caller's
///   trace.
pub fn check(data: &[u8]) {
    let headers = headers(data);
    let caller = caller_traceparent(&headers);
    if let Some(traceparent) = &caller {
        assert!(traceparent.len() == LENGTH && traceparent.starts_with("00-"), "{traceparent}");
        let given = headers["traceparent"].to_str().unwrap().trim();
        assert_eq!(given[2..52], traceparent[2..52]);
        assert!(given.len() == LENGTH || !given.starts_with("00"), "{given} has data after its last field");
        let again = HeaderMap::from_iter([(name("traceparent"), traceparent.parse().unwrap())]);
        assert_eq!(caller_traceparent(&again).as_ref(), Some(traceparent));
    }
    let outgoing = passed_on(&headers);
    let left = outgoing["traceparent"].to_str().unwrap();
    assert_eq!(caller_traceparent(&outgoing).as_deref(), Some(left));
    if let Some(traceparent) = &caller {
        assert_eq!(left[3..35], traceparent[3..35], "the outgoing request has another trace");
        assert_ne!(left[36..52], traceparent[36..52], "the outgoing request has the caller's span");
    }
    if let Some(state) = outgoing.get("tracestate") {
        assert!(caller.is_some(), "a `tracestate` is passed on without its trace");
        let state = state.to_str().unwrap();
        assert!(state.split(',').count() <= MAX_MEMBERS);
        let given: String = headers.get_all("tracestate").iter().map(|one| one.to_str().unwrap()).collect();
        assert!(state.split(',').all(|member| given.contains(member)), "{state} is not of {given}");
    }
    assert!(outgoing["x-amzn-trace-id"].to_str().unwrap().starts_with("Root=1-"));
}

/// The headers of an outgoing request during a request with `headers`.
fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let tracer = SdkTracerProvider::builder().build().tracer("fuzz");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer);
    let mut outgoing = HeaderMap::new();
    subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let span = info_span!("request");
        continue_trace(&span, headers);
        span.in_scope(|| inject(&mut outgoing));
    });
    outgoing
}

/// Reads the lines of `data` that are valid headers.
fn headers(data: &[u8]) -> HeaderMap {
    let lines = data.split(|byte| *byte == b'\n');
    let header = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let value = HeaderValue::from_bytes(line.get(colon + 1..)?.trim_ascii()).ok()?;
        Some((HeaderName::from_bytes(&line[..colon]).ok()?, value))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(header) {
        headers.append(name, value);
    }
    headers
}

fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}
