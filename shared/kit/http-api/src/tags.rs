//! Entity tags (RFC 9110, section 8.8.3). The tag of a resource is its version in quotes.

use std::fmt;

use es_core::{StreamVersion, Versions};

/// The strong entity tag of a version: `"3"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ETag(pub StreamVersion);

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// How tags are compared (RFC 9110, section 8.8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// A weak tag matches nothing.
    Strong,
    /// The prefix `W/` does not matter.
    Weak,
}

/// The versions whose tags match the field value `tags`: `*`, or a list of entity tags. A well-formed tag that is not
/// the tag of a version matches nothing. `None` if `tags` is malformed.
pub(crate) fn versions(tags: &str, comparison: Comparison) -> Option<Versions> {
    let mut rest = tags.trim_matches(OWS);
    if rest == "*" {
        return Some(Versions::All);
    }
    let (mut listed, mut has_tag) = (Vec::new(), false);
    loop {
        // A recipient must accept empty elements of a list (RFC 9110, section 5.6.1.2).
        rest = rest.trim_start_matches(OWS);
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return has_tag.then_some(Versions::Listed(listed));
        }
        let strong = rest.strip_prefix("W/");
        let is_weak = strong.is_some();
        let (opaque, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let version = opaque.parse().ok().map(StreamVersion::new);
        let is_comparable = !is_weak || comparison == Comparison::Weak;
        listed.extend(version.filter(|version| is_comparable && version.to_string() == opaque));
        has_tag = true;
        rest = after.trim_start_matches(OWS);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// The optional white space of RFC 9110, section 5.6.3.
pub(crate) const OWS: [char; 2] = [' ', '\t'];
