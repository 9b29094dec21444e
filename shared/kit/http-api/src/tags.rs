//! Entity tags (RFC 9110, section 8.8.3).
//!
//! | tag | of | when it changes |
//! | --- | --- | --- |
//! | `"3"` | the receipt of a command | with the version |
//! | `"3.0a1b2c3d"` | a view | with the version, and with the body |
//!
//! The tag of a view depends on the body, because another generation of the query table may show the same version in
//! another shape.
//!
//! The preconditions of a command are about versions. They accept both forms and ignore the digest, so a client can
//! send the tag of a view that it has read.

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

/// The strong entity tag of a view: its version and a digest of the response's body, `"3.0a1b2c3d"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewTag {
    version: StreamVersion,
    digest: u32,
}

impl ViewTag {
    /// The tag of a view at `version` with the response `body`.
    #[must_use]
    pub fn new(version: StreamVersion, body: &str) -> Self {
        Self {
            version,
            digest: body
                .bytes()
                .fold(FNV_BASIS, |digest, byte| (digest ^ u32::from(byte)).wrapping_mul(FNV_PRIME)),
        }
    }
}

impl fmt::Display for ViewTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}.{:0DIGITS$x}\"", self.version, self.digest)
    }
}

/// The parameters of the 32-bit FNV-1a hash. The hash only has to tell apart the few bodies that one version of a view
/// has had.
///
/// Source: RFC 9923, "The FNV Non-Cryptographic Hash Algorithm".
const FNV_BASIS: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;

/// The number of hexadecimal digits of a digest.
const DIGITS: usize = 8;

/// How tags are compared (RFC 9110, section 8.8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// A weak tag matches nothing.
    Strong,
    /// The prefix `W/` does not matter.
    Weak,
}

/// The value of a header field with entity tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntityTags<'a> {
    /// `*`
    All,
    /// A list. Each tag is without its quotes, and with whether it is weak.
    Listed(Vec<(bool, &'a str)>),
}

impl EntityTags<'_> {
    /// The versions that match. A tag that is neither the tag of a version nor of a view matches nothing.
    pub(crate) fn versions(&self, comparison: Comparison) -> Versions {
        let Self::Listed(tags) = self else { return Versions::All };
        let comparable = tags.iter().filter(|(is_weak, _)| !is_weak || comparison == Comparison::Weak);
        Versions::Listed(comparable.filter_map(|(_, opaque)| version(opaque)).collect())
    }

    /// Whether one of the tags is `tag`, by weak comparison.
    #[must_use]
    pub fn contain(&self, tag: &ViewTag) -> bool {
        let tag = tag.to_string();
        match self {
            Self::All => true,
            Self::Listed(tags) => tags.iter().any(|(_, opaque)| *opaque == tag.trim_matches('"')),
        }
    }
}

/// The version in a tag of a version, `3`, or of a view, `3.0a1b2c3d`.
fn version(opaque: &str) -> Option<StreamVersion> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_digest = |digest: &str| digest.len() == DIGITS && digest.bytes().all(is_digit);
    let number = match opaque.split_once('.') {
        Some((number, digest)) if is_digest(digest) => number,
        Some(_) => return None,
        None => opaque,
    };
    let version = StreamVersion::new(number.parse().ok()?);
    (version.to_string() == number).then_some(version)
}

/// The tags in the field value `tags`: `*`, or a list of entity tags. `None` if `tags` is malformed.
pub(crate) fn entity_tags(tags: &str) -> Option<EntityTags<'_>> {
    let mut rest = tags.trim_matches(OWS);
    if rest == "*" {
        return Some(EntityTags::All);
    }
    let mut listed = Vec::new();
    loop {
        // A recipient must accept empty elements of a list (RFC 9110, section 5.6.1.2).
        rest = rest.trim_start_matches(OWS);
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
            continue;
        }
        if rest.is_empty() {
            return (!listed.is_empty()).then_some(EntityTags::Listed(listed));
        }
        let strong = rest.strip_prefix("W/");
        let is_weak = strong.is_some();
        let (opaque, after) = strong.unwrap_or(rest).strip_prefix('"')?.split_once('"')?;
        if !opaque.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        listed.push((is_weak, opaque));
        rest = after.trim_start_matches(OWS);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

/// The optional white space of RFC 9110, section 5.6.3.
pub(crate) const OWS: [char; 2] = [' ', '\t'];
