//! W3C trace context: <https://www.w3.org/TR/trace-context/#traceparent-header>.

/// `header`, where it has the shape of a version 00 `traceparent` with ids that are not all zero.
pub(crate) fn valid(header: &str) -> Option<&str> {
    let parts: Vec<&str> = header.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { return None };
    let lengths = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
    let hex = header.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'));
    let set = |id: &str| id.bytes().any(|byte| byte != b'0');
    (lengths && hex && *version == "00" && set(trace) && set(span)).then_some(header)
}
