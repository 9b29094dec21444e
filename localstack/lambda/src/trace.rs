//! The X-Ray trace header, `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0|1`
//! (AWS X-Ray developer guide, "Tracing header").

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Creates a new trace, `Root=1-…`, as API Gateway does for a request without one.
#[must_use]
pub fn new_root() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let random = Uuid::new_v4().simple().to_string();
    // The middle of a version 4 UUID is not random: it contains the version and the variant.
    format!("Root=1-{seconds:08x}-{}{}", &random[..12], &random[20..])
}

/// The header for an instance. It keeps the caller's root, parent and sampling decision if they are valid. Without a
/// decision, the trace is unsampled, as for a function without active tracing.
pub(super) fn for_instance(incoming: Option<&str>) -> String {
    let field = |name: &str, valid: fn(&str) -> bool| {
        let fields = incoming.unwrap_or_default().split(';');
        fields.filter_map(|field| field.trim().split_once('=')).find_map(|(key, value)| {
            (key.eq_ignore_ascii_case(name) && valid(value)).then(|| value.to_owned())
        })
    };
    let root = field("Root", is_root).map_or_else(new_root, |root| format!("Root={root}"));
    let parent = field("Parent", |value| is_hex(value, 16)).unwrap_or_else(new_parent);
    let sampled = field("Sampled", |value| value == "0" || value == "1");
    format!("{root};Parent={parent};Sampled={}", sampled.as_deref().unwrap_or("0"))
}

fn new_parent() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("{}{}", &random[..8], &random[24..])
}

fn is_root(value: &str) -> bool {
    let mut parts = value.split('-');
    parts.next() == Some("1")
        && parts.next().is_some_and(|part| is_hex(part, 8))
        && parts.next().is_some_and(|part| is_hex(part, 24))
        && parts.next().is_none()
}

fn is_hex(value: &str, length: usize) -> bool {
    value.len() == length && value.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_new_root_has_the_documented_form() {
        let root = new_root();
        assert!(root.strip_prefix("Root=").is_some_and(is_root), "{root}");
    }

    #[test]
    fn a_complete_header_is_kept() {
        let header = format!("{ROOT};Parent=53995c3f42cd8ad8;Sampled=1");
        assert_eq!(for_instance(Some(&header)), header);
    }

    #[test]
    fn a_bare_root_gets_a_parent_and_stays_unsampled() {
        let header = for_instance(Some(ROOT));
        assert!(header.starts_with(&format!("{ROOT};Parent=")), "{header}");
        assert!(header.ends_with(";Sampled=0"), "{header}");
    }

    #[test]
    fn a_malformed_root_is_replaced() {
        for malformed in ["Root=1-xyz", "Root=2-5759e988-bd862e3fe1be46a994272793", "nonsense", ""] {
            let header = for_instance(Some(malformed));
            assert!(header.starts_with("Root=1-"), "{header}");
            assert!(!header.contains(malformed) || malformed.is_empty(), "{header}");
        }
    }
}
